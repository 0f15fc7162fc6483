"""Pages about one sheet or stack fit the screen and pass the accessibility checks; undoing after the last field."""

import json

import pytest

from tests.e2e.conftest import wait_for_true
from tests.e2e.test_every_page import LOOKS, assert_sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MAKE = """
import json
from django.contrib.auth.models import User
from PIL import Image
from classifier.sheets.describing.sheets import change_sheet, create_sheet
from classifier.sheets.models import SheetShare, WebhookAttempt
from tests.filled_stacks import MARKS, filled, page_of
pupil = User.objects.get(username='pupil')
friend = User.objects.create_user('friend-of-pupil-with-a-long-name-{number}')
sheet = change_sheet(create_sheet(pupil, 'Marks', [Image.new('L', (495, 700), 250)]), MARKS)
name = 'scan_of_all_the_mark_sheets_of_class_7b_on_monday.pdf'
webhook = 'https://hooks.example.org/' + 'stacks/' * 12
stack = filled(pupil, 2, risk=0.3, picture=True, sheet=sheet, name=name, webhook=webhook)
for file, sentence in ((True, 'This page is empty.'), (False, 'This file is damaged.')):
    page_of(stack, picture=file, status='refused', sentence=sentence)
WebhookAttempt.objects.create(stack=stack, number=1)
SheetShare.objects.create(sheet=sheet, user=friend, level=SheetShare.Level.DECIDE)
value = stack.values.filter(key='points').first()
check = stack.values.filter(key='absent').first()
stack.webhook_secret = 'whsec_' + 'A' * 44
stack.save()
ids = dict(sheet=sheet.public_id, stack=stack.public_id, value=value.public_id, check=check.public_id)
ids['done'] = filled(pupil, 1, picture=True, sheet=sheet).public_id
ids['nothing'] = filled(pupil, 0, sheet=sheet, status='failed', message='The file needs a password.').public_id
print('MADE', json.dumps(ids, default=str))
"""
PAGES = ["/sheets/", "/sheets/{sheet}/", "/sheets/{sheet}/sharing/", "/sheets/{sheet}/stacks/"]
PAGES += ["/stacks/{stack}/", "/stacks/{done}/", "/stacks/{nothing}/"]
PAGES += ["/stacks/{stack}/decide/", "/stacks/{done}/decide/"]
PAGES += ["/stacks/{stack}/values/{value}/", "/stacks/{stack}/values/{check}/"]
PAGES += [f"/stacks/{{stack}}/results/?show={show}" for show in ("", "doubtful", "decided", "refused")]
PAGES += ["/stacks/{nothing}/results/"]


RIGHT = "document.querySelector('{}').getBoundingClientRect().right".format


@pytest.fixture
def ids(live_site, person, request):
    """The public ids of what MAKE makes."""
    number = abs(hash(request.node.name)) % 10**9
    return json.loads(live_site.manage("shell", "-c", MAKE.replace("{number}", str(number))).split("MADE")[1])


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_of_a_sheet(open_page, person, ids, width, scheme):
    page = open_page(width=width, color_scheme=scheme, storage_state=person["state"])
    for path in PAGES:
        page.goto(path.format_map(ids))
        page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
        assert_sound(page, width)
    page.goto(PAGES[-5].format_map(ids))
    page.locator(".value__text").first.click()
    page.wait_for_selector(".value-form")
    assert page.evaluate(f"{RIGHT('.value-form')} <= {RIGHT('.scroll')}"), "the form of a value is cut off"
    assert_sound(page, width)


def test_the_last_field_is_undone_by_keyboard(open_page, person, ids):
    page = open_page(storage_state=person["state"])
    page.goto(f"/stacks/{ids['stack']}/decide/")
    for number in ("1", "2"):
        wait_for_true(page, f"document.getElementById('decide-where').textContent === 'Page {number}'")
        page.keyboard.press("Enter")
    wait_for_true(page, "document.activeElement.id === 'decide-done-title'")
    assert page.inner_text("h1:visible") == "No field is left to decide"
    page.keyboard.press("u")
    wait_for_true(page, "document.activeElement.id === 'decide-text' && document.activeElement.value === '2'")
    assert page.locator("#decide-done").is_hidden()
    page.keyboard.press("Enter")
    wait_for_true(page, "document.activeElement.id === 'decide-done-title'")
    page.reload()
    page.keyboard.press("u")
    wait_for_true(page, "document.activeElement.id === 'decide-text'")
