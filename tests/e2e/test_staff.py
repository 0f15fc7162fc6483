"""The staff pages in a browser: accessibility of every page, a run that updates itself, the review by keyboard."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.conftest import PASSWORD, draw_seven, wait_for_label, wait_for_true
from tests.e2e.test_every_page import STAFF, STAFF_ALIKE, WITH_FORCED, assert_sound, look
from tests.environment import BASE_DIR
from tests.services import Site, running, wait_until

pytestmark = pytest.mark.browser

FILL_SITE = """
import json
from django.contrib.auth.models import User
from django.utils import timezone
from classifier.models import ModelVersion
from tests import staff_site
from training.models import TrainingRun
staff_site.fill_site(User.objects.get(username="teacher"))
TrainingRun.objects.waiting().update(status="cancelled", finished=timezone.now())
versions = {v.name.rsplit("-")[-1]: str(v.public_id) for v in ModelVersion.objects.filter(is_active=False)}
runs = {r.status: str(r.public_id) for r in TrainingRun.objects.order_by("pk")}
print(json.dumps({"good": versions["9f31c2aa"], "bad": versions["bad"], "runs": runs}))
"""
# Without a heartbeat the site would end the run that is shown.
BEAT = """
import time
from django.utils import timezone
from training.models import TrainingRun
while True:
    TrainingRun.objects.running().update(heartbeat=timezone.now())
    time.sleep(3)
"""


@pytest.fixture(scope="session")
def site_ids(live_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A staff member and a site with content; returns the ids of the objects on the pages."""
    live_site.create_user("teacher", PASSWORD, staff=True)
    ids: dict[str, Any] = json.loads(live_site.manage("shell", "--no-imports", "-c", FILL_SITE).splitlines()[-1])
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", BEAT]
    with running(command, tmp_path_factory.mktemp("beat") / "log", cwd=BASE_DIR, env=live_site.environment):
        yield ids


@pytest.fixture(scope="session")
def teacher(chromium: Any, live_site: Site, site_ids: dict[str, Any]) -> Any:
    """The storage state of a signed-in staff member's browser."""
    context = chromium.new_context(base_url=live_site.url)
    page = context.new_page()
    page.goto("/account/login/")
    page.fill("[name=login]", "teacher")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector("#pad")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def staff_page(open_page: Callable[..., Any], teacher: Any) -> Callable[..., Any]:
    return lambda **options: open_page(storage_state=teacher, **options)


def change(site: Site, code: str) -> None:
    imports = (
        "from tests import staff_site; from training.models import TrainingRun; from django.utils import timezone;"
    )
    site.manage("shell", "--no-imports", "-c", f"{imports} run = TrainingRun.objects.running().get(); {code}")


def test_picture_opens_by_a_click_and_its_owner_reads_who_opened_it(desk, staff_page):
    page = desk()
    draw_seven(page)
    wait_for_label(page, 7)
    digit = page.get_attribute("#answer", "data-digit")
    admin = staff_page()
    admin.goto(f"/admin/classifier/digit/?q={digit}")
    admin.get_by_role("link", name=digit).click()
    button = admin.get_by_role("button", name="Open the picture")
    button.wait_for()
    assert not admin.locator("img[src^='data:']").count()
    button.click()
    admin.get_by_alt_text("The digit as the network sees it").wait_for()
    page.goto("/privacy/")
    page.get_by_role("row", name=f"teacher opened a picture digit {digit[:8]}").wait_for()


def waiting(page: Any) -> int:
    return int(page.locator(".counts dd").first.inner_text())


@pytest.mark.parametrize(("width", "scheme"), WITH_FORCED)
@pytest.mark.parametrize("paths", [STAFF, pytest.param(STAFF_ALIKE, marks=pytest.mark.slow)], ids=["pages", "alike"])
def test_every_page_passes_the_checks(staff_page, site_ids, width, scheme, paths):
    page = staff_page(**look(width, scheme))
    for path in paths:
        page.goto(path.format(**site_ids, **site_ids["runs"]))
        assert_sound(page, width)


def test_the_dashboard_names_the_running_workers(staff_page):
    page = staff_page()
    page.goto("/staff/")
    page.wait_for_selector(".crew__one:has-text('Inference serves deeper_cnn')")  # the page updates itself
    page.wait_for_selector(".crew__one:has-text('Training')")
    wait_for_true(page, "!!document.querySelector('.js-plotly-plot')?.data")
    assert page.evaluate("document.getElementById('digits-chart').data[0].y.some((count) => count > 0)")


def test_choosing_a_network_fills_in_its_settings(staff_page):
    page = staff_page()
    page.goto("/staff/runs/new/")
    page.locator("#id_architecture_first_cnn").focus()
    page.keyboard.press("Space")
    page.wait_for_selector("#id_junk[value='0']")
    assert page.locator("#id_architecture_first_cnn").is_checked()
    assert page.evaluate("document.activeElement.id") == "id_architecture_first_cnn"
    page.select_option("#id_start_from", "")
    page.wait_for_selector("#id_epochs[value='80']")
    page.locator("#id_architecture_deeper_cnn").check()
    page.wait_for_selector("#id_junk[value='9000']")


def promised_s(promise):
    """The seconds that a promise such as "takes about 4 minutes" names; 0 if it names none."""
    said = re.search(r"takes (?:about (\d+) (seconds|minutes|hours)|a few seconds)", promise.inner_text())
    if not said:
        return 0
    return int(said[1] or 5) * {"minutes": 60, "hours": 3600}.get(said[2], 1)


def test_the_promise_beside_the_button_follows_the_settings(staff_page):
    page = staff_page()
    page.goto("/staff/runs/new/?architecture=first_cnn&start_from=")
    promise = page.locator("#run-promise")
    page.locator("#id_epochs").fill("500")
    page.keyboard.press("Tab")
    wait_until(lambda: promised_s(promise) > 900, 15, "500 epochs take long on any machine")
    long_s = promised_s(promise)
    page.locator("#id_epochs").fill("1")
    page.keyboard.press("Tab")
    wait_until(lambda: 0 < promised_s(promise) < long_s / 3, 15, "one epoch takes far less")
    page.locator("#id_epochs").fill("0")
    page.keyboard.press("Tab")
    promise.get_by_text("Some settings are not valid yet.").wait_for()
    assert page.evaluate("document.activeElement.id") == "id_batch_size"


def test_review_by_keyboard(staff_page):
    page = staff_page()
    page.goto("/staff/review/")
    before = waiting(page)
    first, second = (page.locator("#review [name=ids]").nth(i).get_attribute("value") for i in (0, 1))
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.value") == first
    page.keyboard.press("a")
    page.wait_for_selector(f".reviewbar:has-text('1 accepted, {before - 1} left.')")
    assert page.evaluate("document.activeElement.value") == second  # the next one is in its place
    page.keyboard.press("r")
    page.wait_for_selector(f".reviewbar:has-text('1 rejected, {before - 2} left.')")
    page.keyboard.press("u")
    page.wait_for_selector(f".reviewbar:has-text('{before - 1} waiting.')")
    assert page.locator("#review [name=ids]").first.get_attribute("value") == second
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.locator("#review-accept").click()
    page.wait_for_selector(f".reviewbar:has-text('2 accepted, {before - 3} left.')")


@pytest.mark.slow
def test_review_without_javascript(staff_page):
    page = staff_page(java_script_enabled=False)
    page.goto("/staff/review/")
    before = waiting(page)
    page.locator("#review [name=ids]").first.check()
    page.locator("#review-reject").click()
    assert waiting(page) == before - 1
    page.get_by_role("button", name="Undo").click()
    assert waiting(page) == before
    page.get_by_role("button", name="Accept number 1", exact=True).click()
    assert waiting(page) == before - 1


def test_a_run_updates_by_itself_until_it_ends(staff_page, site_ids, live_site):
    page = staff_page()
    page.goto(f"/staff/runs/{site_ids['runs']['running']}/")
    page.wait_for_selector("#loss-chart .plot-container")
    points = "document.getElementById('loss-chart').data[0].x.length"
    before = page.evaluate(points)
    page.evaluate("document.getElementById('loss-chart').kept = true")
    page.locator("#run-cancel").focus()
    change(
        live_site, "staff_site.add_points(run, 6.5, since=4.5); TrainingRun.objects.filter(pk=run.pk).update(epoch=7)"
    )
    page.wait_for_selector("#run-title:has-text('Epoch 7 of 8')")
    wait_for_true(page, f"{points} > {before}")
    assert page.evaluate("document.getElementById('loss-chart').kept")  # the same drawing, changed in place
    assert page.evaluate("document.activeElement.id") == "run-cancel"
    change(live_site, "TrainingRun.objects.filter(pk=run.pk).update(status='done', finished=timezone.now())")
    page.wait_for_selector("#run[data-state=done]")
    assert page.locator("#announcer").inner_text() == "Done"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []
    assert page.evaluate(points) > before  # the figures stay readable
