"""The version number: one number, in the package, its metadata, the changelog, and on every page."""

import re
import tomllib

import digitsite
from tests.environment import BASE_DIR, documented_variables


def test_pyproject_and_changelog_have_the_same_version():
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]
    assert project["version"] == digitsite.__version__
    assert f"\n## {digitsite.__version__}" in (BASE_DIR / "CHANGELOG.md").read_text()


def test_footer_and_error_pages_show_the_version(client, db):
    for path, status in (("/", 200), ("/nowhere/", 404)):
        response = client.get(path)
        assert (response.status_code, f"Version {digitsite.__version__}" in response.text) == (status, True)


def test_changelog_names_what_an_operator_must_do():
    newest = re.split(r"^## ", (BASE_DIR / "CHANGELOG.md").read_text(), flags=re.MULTILINE)[1]
    upgrading = newest.partition("### Upgrading\n")[2].partition("\n###")[0]
    assert newest.index("### Upgrading") < newest.index("### For people")
    steps = re.findall(r"^\d\. .+", upgrading, re.MULTILINE)
    assert steps[0].startswith("1. Back up")
    assert "manage.py migrate" in steps[-1]
    for name in re.findall(r"`([A-Z][A-Z_]+)(?:=[^`]*)?`", upgrading):
        assert name in documented_variables()
