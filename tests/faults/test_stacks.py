"""Processes killed while a stack is read: each page is still read once, and nothing is lost."""

import time
from contextlib import suppress

import psutil
import pytest

from tests import stacks
from tests.archives import zipped
from tests.faults.test_killed_processes import wait_for_another, wait_until_well
from tests.services import Site, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(900)]
PAGES = 40


@pytest.fixture(autouse=True)
def _well_before_and_after(breakable_site):
    wait_until_well(breakable_site)
    yield
    wait_until_well(breakable_site)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("stacks") / "stack.zip"
    scans = path.with_name("scans.pdf")
    stacks.write_scans(scans, stacks.form_of_twelve_fields(), PAGES, distinct=4, dpi=150)
    path.write_bytes(zipped({"scans.pdf": scans.read_bytes()}))
    return path


@pytest.fixture
def stack(breakable_site, archive):
    """A stack of which some pages are read."""
    form = stacks.form_of_twelve_fields()
    key = stacks.put_in(breakable_site, form.description, form.references(), archive)
    wait_until(lambda: stacks.read(breakable_site, key) >= 3, 120, "pages are read", every_s=0.1)
    assert stacks.read(breakable_site, key) < PAGES
    return key


def sheet_worker(site: Site) -> psutil.Process | None:
    inference = site.program("inference")
    for child in inference.children() if inference else []:
        with suppress(psutil.NoSuchProcess):  # it has just ended
            if "sheet_worker" in child.cmdline():
                return child
    return None


def assert_each_is_read_once(site: Site, stack: int) -> None:
    try:
        wait_until(lambda: stacks.status(site, stack) not in ("queued", "running"), 300, "the stack ends", every_s=0.5)
    except TimeoutError:
        pytest.fail(site.report())
    assert stacks.status(site, stack) == "done"
    pages = stacks.query(site, "SELECT number, page, status FROM sheets_stackpage WHERE stack_id = ?", stack)
    assert sorted(pages) == [(number, number, "read") for number in range(1, PAGES + 1)]
    values = stacks.query(
        site, "SELECT count(*), count(DISTINCT page_id || key) FROM sheets_value WHERE stack_id = ?", stack
    )
    assert values == [(PAGES * 12, PAGES * 12)]


@pytest.mark.parametrize("whose", ["its own", "its readers'", "its decoders'"])
def test_killed_process_of_the_worker_loses_no_page(breakable_site, stack, whose):
    worker = sheet_worker(breakable_site)
    if whose == "its own":
        worker.kill()
    else:
        for child in worker.children():
            is_decoder = "classifier.decoding" in " ".join(child.cmdline())
            if is_decoder == (whose == "its decoders'"):
                child.kill()
    assert_each_is_read_once(breakable_site, stack)


@pytest.mark.parametrize("name", ["inference", "redis"])
def test_killed_program_is_started_again_and_the_stack_continues(breakable_site, stack, name):
    killed = breakable_site.program(name)
    killed.kill()
    wait_for_another(breakable_site, name, killed)
    assert_each_is_read_once(breakable_site, stack)


def test_everything_is_killed_again_and_again(breakable_site, stack):
    for name in ("sheets", "redis", "sheets", "inference", "scheduler", "sheets"):
        time.sleep(3)
        if name == "sheets":
            if worker := sheet_worker(breakable_site):
                worker.kill()
        else:
            killed = breakable_site.program(name)
            killed.kill()
            wait_for_another(breakable_site, name, killed)
    assert_each_is_read_once(breakable_site, stack)


def test_the_worker_ends_when_there_is_nothing_to_read(breakable_site, stack):
    assert_each_is_read_once(breakable_site, stack)
    assert sheet_worker(breakable_site)
    wait_until(lambda: sheet_worker(breakable_site) is None, 60, "the worker ends", every_s=0.5)
