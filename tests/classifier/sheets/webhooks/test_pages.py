"""The page of a stack shows the attempts, and sends the message again."""

from django.utils import timezone

from classifier.sheets.models import SheetShare, Stack, WebhookAttempt
from tests.filled_stacks import filled

HOOK = "https://hooks.example.org/done"


def hooked(owner, **more):
    return filled(owner, webhook=HOOK, webhook_secret="whsec_confidential", **more)


def test_attempts_are_shown(owner, owner_client):
    stack = hooked(owner)
    page = f"/stacks/{stack.public_id}/"
    assert "Nothing was sent yet." in owner_client.get(page).text
    sentence = "hooks.example.org answered with 500."
    WebhookAttempt.objects.create(stack=stack, number=1, sent=timezone.now(), status=500, sentence=sentence)
    WebhookAttempt.objects.create(stack=stack, number=2)
    text = owner_client.get(page).text
    assert sentence in text
    assert "Not sent yet" in text
    assert HOOK in text


def test_message_is_sent_again(owner, owner_client):
    stack = hooked(owner)
    response = owner_client.post(f"/stacks/{stack.public_id}/webhook/", follow=True)
    assert "The message is sent again now." in response.text
    assert WebhookAttempt.objects.filter(stack=stack, sent=None).count() == 1


def test_running_stack_has_nothing_to_send(owner, owner_client):
    stack = hooked(owner, status="running")
    assert "Send again" not in owner_client.get(f"/stacks/{stack.public_id}/").text
    response = owner_client.post(f"/stacks/{stack.public_id}/webhook/", follow=True)
    assert "There is a message when the stack is done." in response.text


def test_secret_is_for_those_who_may_change(owner, owner_client, stranger, stranger_client):
    stack = hooked(owner)
    SheetShare.objects.create(sheet=stack.sheet, user=stranger, level=SheetShare.Level.DECIDE)
    page = f"/stacks/{stack.public_id}/"
    assert "whsec_confidential" in owner_client.get(page).text
    text = stranger_client.get(page).text
    assert "confidential" not in text
    assert "Send again" not in text
    assert stranger_client.post(f"{page}webhook/").status_code == 404


def test_stack_without_webhook_shows_none(owner, owner_client):
    stack = filled(owner)
    assert "Message to another program" not in owner_client.get(f"/stacks/{stack.public_id}/").text


def test_address_that_is_not_allowed_is_refused_with_a_sentence(owner, owner_client):
    stack = filled(owner)
    response = owner_client.post(f"/sheets/{stack.sheet.public_id}/stacks/", {"webhook": HOOK, "file": ""})
    assert response.status_code == 400
    assert Stack.objects.count() == 1
