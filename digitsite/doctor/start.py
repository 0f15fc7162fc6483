"""The start of `manage.py doctor`, before Django reads the settings: they may be what is wrong."""

import importlib
import sys

from .examination import Findings, as_json, as_text
from .findings import wrong

REMEDY = "Correct it in the environment or in .env; .env.example explains every setting."
OF_FILES = "Run this as the user who runs the site, who needs the right to write there; see also DATA_DIR in .env."


def load_settings_or_exit(arguments: list[str]) -> None:
    """Loads the settings and all apps. Without them it says why and exits with 1."""
    try:
        importlib.import_module("digitsite.settings")
        import django

        django.setup()
    except Exception as error:  # of environs, the file system, the database's address, a missing package
        remedy = OF_FILES if isinstance(error, OSError) else REMEDY
        findings: Findings = [("settings", wrong(f"The settings cannot be used: {_sentence(error)}", remedy))]
        sys.stdout.write((as_json(findings) if "--json" in arguments else as_text(findings)) + "\n")
        sys.exit(1)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    return " ".join(str(error).split()) or type(error).__name__
