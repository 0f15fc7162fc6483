"""The entry point of a WSGI server."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.wsgi import get_wsgi_application

# Libraries load these for features that the site does not use, wherever they are installed.
UNUSED = ("requests", "pygments", "markdown", "uritemplate", "inflection", "yaml", "django.contrib.postgres.fields")


@contextmanager
def missing(*names: str) -> Iterator[None]:
    """Have imports of these modules fail meanwhile, unless they are loaded already."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is how Python itself marks them
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with missing(*UNUSED):  # 15 MB less in every web process
    import kombu.serialization  # noqa: F401
    import rest_framework.compat  # noqa: F401

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")

application = get_wsgi_application()
