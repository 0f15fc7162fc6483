"""Deleted digits disappear everywhere at once, can be restored for a week, and are then removed permanently."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from classifier import tasks
from classifier.digits import corrections, deletion
from classifier.digits.intake import accept_picture, remove_drawing
from classifier.errors import NotFound
from classifier.models import Correction, Digit, Drawing, Prediction
from tests.factories import FORTY_SEVEN, answered, drawn_digit, many_digits, picture, sketch
from tests.markup import flat

HISTORY, DELETED = "/history/", "/history/deleted/"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}


def public(digits):
    return [str(digit.public_id) for digit in digits]


def shown(client, address=HISTORY):
    return [str(row["digit"].public_id) for row in client.get(address).context["rows"]]


@pytest.fixture
def digits(owner, model_version):
    return many_digits(owner, 5, model_version)


@pytest.mark.postgres
def test_selected_ones_are_deleted_and_the_rest_stays(owner_client, digits):
    response = owner_client.post("/history/delete/", {"ids": public(digits[:3]), "next": "/history/?digit=7"})
    assert response.url == "/history/?digit=7"
    assert shown(owner_client) == public(digits[:2:-1])


def test_history_offers_to_undo_the_last_deletion(owner_client, digits):
    owner_client.post("/history/delete/", {"ids": public(digits[:3])})
    page = owner_client.get(HISTORY)
    assert "3 digits were deleted." in page.text
    owner_client.post("/history/restore/", {"moment": page.context["undo"]["moment"]})
    assert shown(owner_client) == public(digits[::-1])
    assert owner_client.get(HISTORY).context["undo"] is None


def test_bin_names_the_number_it_takes_and_undo_brings_all_of_it_back(owner_client, owner, forty_seven):
    digit = f"/digits/{forty_seven[1].public_id}/"
    assert "Delete the whole number 47" in owner_client.get(digit).text
    assert "Delete the whole number 47" in owner_client.get(digit, headers=HTMX).text
    owner_client.post(f"{digit}delete/")
    page = owner_client.get(HISTORY)
    assert ("The number 47 was deleted, with its 2 digits." in flat(page.text), page.context["rows"]) == (True, [])
    owner_client.post("/history/restore/", {"moment": page.context["undo"]["moment"]})
    (row,) = owner_client.get(HISTORY).context["rows"]
    assert (row["text"], len(row["parts"])) == ("47", 2)


def test_undo_is_offered_beside_a_card_that_goes(owner_client, digits):
    response = owner_client.post(f"/digits/{digits[0].public_id}/delete/", headers=HTMX)
    assert 'hx-swap-oob="true"' in response.text
    assert str(digits[0].drawing.public_id) in response.headers["HX-Trigger-After-Swap"]
    moment = response.context["undo"]["moment"]
    answer = owner_client.post("/history/restore/", {"moment": moment}, headers=HTMX)
    assert "One drawing is" in answer.text
    there = HTMX | {"HX-Current-URL": "http://testserver/history/?digit=7"}
    owner_client.post(f"/digits/{digits[0].public_id}/delete/", headers=HTMX)
    moment = Drawing.objects.get(deleted__isnull=False).deleted.isoformat()
    assert owner_client.post("/history/restore/", {"moment": moment}, headers=there).headers["HX-Refresh"] == "true"


def test_offer_to_undo_passes(owner_client, digits, monkeypatch):
    owner_client.post("/history/delete/", {"ids": public(digits[:1])})
    monkeypatch.setattr("classifier.pages.history.deletion.UNDO_SHOWN", timedelta(0))
    assert owner_client.get(HISTORY).context["undo"] is None


@pytest.mark.postgres
def test_number_goes_and_comes_back_as_a_whole(owner_client, owner):
    from classifier.digits.intake import save_drawing

    save_drawing(owner, sketch(FORTY_SEVEN))
    first, second = Digit.objects.order_by("position")
    owner_client.post("/history/delete/", {"ids": [str(second.public_id)]})
    assert shown(owner_client) == []
    assert "The number was deleted, with its 2 digits." in flat(owner_client.get(HISTORY).text)  # it is not read yet
    owner_client.post("/history/restore/", {"ids": [str(first.drawing.public_id)]})
    assert shown(owner_client) == public([first])


@pytest.mark.postgres
def test_deleted_is_invisible_everywhere(owner, owner_client, owner_token, staff, staff_client, digits):
    gone, correction = digits[0], corrections.correct(digits[0], 4)
    corrections.correct(digits[1], 4)
    deletion.delete(owner, [gone.public_id])
    api = Client(headers={"Authorization": f"Token {owner_token}"})
    assert str(gone.public_id) not in public(Digit.objects.owned_by(owner))
    assert gone.drawing not in Drawing.objects.owned_by(owner)
    assert list(Drawing.objects.deleted_by(owner)) == [gone.drawing]
    assert correction not in Correction.objects.owned_by(owner)
    assert correction not in Correction.objects.waiting()
    assert str(gone.public_id) not in [each["id"] for each in api.get("/api/v1/digits/").json()["results"]]
    assert api.get(f"/api/v1/digits/{gone.public_id}/").status_code == 404
    for address in ("/", HISTORY, "/history/summary/", "/history/?label=4"):
        assert str(gone.public_id) not in owner_client.get(address).text
    assert owner_client.get("/history/summary/").context["total"] == 4
    for part in ("", "why/", "input.png", "picture/"):
        assert owner_client.get(f"/digits/{gone.public_id}/{part}").status_code == 404
    assert owner_client.post(f"/digits/{gone.public_id}/correction/", {"label": "1"}).status_code == 404
    assert [row["correction"].digit_id for row in staff_client.get("/staff/review/").context["rows"]] == [digits[1].pk]
    assert staff_client.get("/staff/review/").context["counts"]["waiting"] == 1
    Correction.objects.update(review="accepted", held_back=False)
    assert [each.digit_id for each in Correction.objects.to_train_on()] == [digits[1].pk]


@pytest.mark.postgres
def test_program_deletes_with_the_same_way_back(owner, owner_token, digits):
    api = Client(headers={"Authorization": f"Token {owner_token}"})
    assert api.delete(f"/api/v1/digits/{digits[0].public_id}/").status_code == 204
    assert Drawing.objects.deleted_by(owner).count() == 1


@pytest.mark.postgres
def test_strangers_cannot_delete_or_restore(owner, stranger, stranger_client, digits):
    assert deletion.delete(stranger, [digits[0].public_id]).digits == 0
    stranger_client.post("/history/delete/", {"ids": public(digits)})
    assert Digit.objects.owned_by(owner).count() == 5
    done = deletion.delete(owner, [digits[0].public_id])
    moment, names = done.moment.isoformat(), [str(each) for each in done.drawings]
    for data in ({"moment": moment}, {"ids": names}):
        stranger_client.post("/history/restore/", data)
    stranger_client.post("/history/remove/", {"ids": names})
    assert Drawing.objects.deleted_by(owner).count() == 1
    assert stranger_client.get(DELETED).context["rows"] == []
    assert not Digit.objects.owned_by(AnonymousUser()).exists()
    assert not Correction.objects.owned_by(AnonymousUser()).exists()


@pytest.mark.parametrize("address", ["/history/delete/", "/history/restore/", "/history/remove/"])
@pytest.mark.parametrize("ids", [["x"], ["\0"], [str(uuid.uuid4())] * 5001])
def test_names_that_are_none_are_refused_with_a_sentence(owner_client, digits, address, ids):
    assert owner_client.post(address, {"ids": ids}).status_code == 302
    response = owner_client.post(address, {"ids": ids}, headers=HTMX)
    assert response.status_code == 400
    assert 'class="notice notice--error"' in response.text


@pytest.mark.parametrize("moment", ["x", "2026-11-22", "2026-11-22T10:00:00", "9999-99-99T00:00:00Z"])
def test_invalid_moment_is_refused(owner_client, moment):
    assert owner_client.post("/history/restore/", {"moment": moment}, headers=HTMX).status_code == 400


def test_leads_nowhere_but_into_this_site(owner_client, digits):
    response = owner_client.post("/history/delete/", {"ids": public(digits[:1]), "next": "https://example.org/"})
    assert response.url == HISTORY


@pytest.mark.postgres
def test_recently_deleted_digits_are_listed_newest_first_in_pages(owner, owner_client, model_version, monkeypatch):
    monkeypatch.setattr(deletion, "PAGE", 4)
    digits = many_digits(owner, 10, model_version)
    for some in (digits[:3], digits[3:8], digits[8:]):
        deletion.delete(owner, [each.public_id for each in some])
    seen, address = [], DELETED
    while address:
        response = owner_client.get(address)
        seen += [row["drawing"].pk for row in response.context["rows"]]
        address = response.context["next_url"]
    assert seen == [each.drawing_id for each in (*digits[9:7:-1], *digits[7:2:-1], *digits[2::-1])]


@pytest.mark.postgres
def test_recently_deleted_digits_are_restored_or_removed(owner, owner_client, digits):
    deletion.delete(owner, [each.public_id for each in digits])
    names = [str(each.drawing.public_id) for each in digits]
    response = owner_client.post("/history/restore/", {"ids": names[:2], "next": DELETED}, follow=True)
    assert "2 drawings are restored." in response.text
    response = owner_client.post("/history/remove/", {"ids": names}, follow=True)
    assert "3 drawings are permanently removed." in response.text
    assert Drawing.objects.count() == Drawing.objects.owned_by(owner).count() == 2


@pytest.mark.postgres
def test_a_week_later_everything_goes_the_file_too(owner, model_version, django_capture_on_commit_callbacks):
    old, fresh = (accept_picture(owner, SimpleUploadedFile("x.png", picture()), "upload") for _ in range(2))
    kept = drawn_digit(owner)
    corrections.correct(old, 3)
    path = Path(old.drawing.original.path)
    for digit in (old, fresh):
        deletion.delete(owner, [digit.public_id])
    Drawing.objects.filter(pk=old.drawing_id).update(deleted=timezone.now() - timedelta(days=7, minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.purge_deleted()
    assert set(Digit.objects.all()) == {fresh, kept}
    assert (path.exists(), Path(fresh.drawing.original.path).exists()) == (False, True)
    assert not Correction.objects.exists()


@pytest.mark.postgres
def test_purge_goes_little_by_little(owner, model_version, monkeypatch):
    monkeypatch.setattr(deletion, "PURGED_AT_ONCE", 2)
    digits = many_digits(owner, 7, model_version)
    deletion.delete(owner, [each.public_id for each in digits])
    Drawing.objects.update(deleted=timezone.now() - timedelta(days=8))
    assert (deletion.purge(), Prediction.objects.count(), deletion.purge()) == (7, 0, 0)


@pytest.mark.postgres
def test_drawing_again_restores_a_deleted_drawing(owner, model_version):
    name = uuid.uuid4()
    digit = drawn_digit(owner, drawing_id=name)
    Prediction.objects.update(**answered(model_version))
    deletion.delete(owner, [digit.public_id])
    with pytest.raises(NotFound, match="deleted"):
        drawn_digit(owner, drawing_id=name)  # the same once more, late: it stays deleted
    assert not Digit.objects.owned_by(owner)
    drawn_digit(owner, drawing_id=name, revision=2)
    assert list(Digit.objects.owned_by(owner)) == [digit]


@pytest.mark.postgres
def test_undoing_the_last_stroke_still_leaves_nothing(owner):
    name = uuid.uuid4()
    drawn_digit(owner, drawing_id=name)
    remove_drawing(owner, name, 2)
    assert not Drawing.objects.exists()
