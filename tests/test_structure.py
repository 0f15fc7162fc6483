"""The shape of the code: folders that can be surveyed, modules that can be read, no circles, no banners."""

import re
import subprocess
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

from tests.environment import BASE_DIR

FOLDER, MODULE, TEMPLATE_LINE = 15, 350, 160  # modules side by side, lines, characters
APPS = ("classifier", "digitsite", "training")
TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=BASE_DIR, capture_output=True, text=True, check=True,
).stdout.split("\n")  # fmt: skip
FILES = [path for name in TRACKED if name and (path := BASE_DIR / name).is_file() and "vendor" not in path.parts]
MODULES = [path for path in FILES if path.suffix == ".py" and "migrations" not in path.parts]
OURS = [path for path in MODULES if path.relative_to(BASE_DIR).parts[0] in APPS]


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_no_folder_has_more_modules_than_can_be_surveyed() -> None:
    count = Counter(path.parent for path in OURS if path.name != "__init__.py")
    assert {str(folder): modules for folder, modules in count.items() if modules > FOLDER} == {}


def test_no_module_is_longer_than_one_subject() -> None:
    assert {str(path): length for path in OURS if (length := len(lines(path))) > MODULE} == {}


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph(*APPS)
    TopologicalSorter({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}).prepare()


def test_no_comment_is_a_banner() -> None:
    banner = re.compile(r"^\s*(#|//|/\*)\s*[-=#*]{3,}")
    code = [path for path in FILES if path.suffix in {".py", ".js", ".css"}]
    assert [str(path) for path in code if any(map(banner.match, lines(path)))] == []


def test_no_template_line_is_too_long_to_read() -> None:
    templates = BASE_DIR.joinpath("templates").rglob("*.html")
    assert [str(path) for path in templates if any(len(line) > TEMPLATE_LINE for line in lines(path))] == []


def test_no_template_tag_is_broken_over_lines() -> None:
    """Django takes such a tag for text."""
    templates = [path for path in BASE_DIR.joinpath("templates").rglob("*") if path.is_file()]
    pairs = (("{%", "%}"), ("{{", "}}"), ("{#", "#}"))
    broken = [
        f"{path}: {line}"
        for path in templates
        for line in lines(path)
        if any(line.count(start) != line.count(end) for start, end in pairs)
    ]
    assert broken == []
