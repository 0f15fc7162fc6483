"""The version number: one number, in the package, its metadata, the changelog, and on every page."""

import tomllib

import digitsite
from tests.environment import BASE_DIR


def test_pyproject_and_changelog_have_the_same_version():
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]
    assert project["version"] == digitsite.__version__
    assert f"\n## {digitsite.__version__}" in (BASE_DIR / "CHANGELOG.md").read_text()


def test_footer_and_error_pages_show_the_version(client, db):
    for path, status in (("/", 200), ("/nowhere/", 404)):
        response = client.get(path)
        assert (response.status_code, f"Version {digitsite.__version__}" in response.text) == (status, True)
