"""The review of corrections: accept, reject, several at once, undo; with and without HTMX."""

import pytest

from classifier.digits import corrections
from classifier.models import Correction, Digit, NumberCorrection, Prediction
from classifier.sheets.deciding import acts
from tests import staff_site
from tests.factories import drawn_digit
from tests.filled_stacks import filled
from tests.markup import flat
from tests.numbers import answer_all, drawn_number
from training.pages.review import queue

REVIEW = "classifier.review_correction"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def reviewer(db):
    return staff_site.staff_client(REVIEW)


@pytest.fixture
def waiting(owner, model_version):
    """Six corrections that wait."""
    return staff_site.corrections(staff_site.digits(owner, 6, model_version), every=1)


def states(corrections):
    return [Correction.objects.get(pk=correction.pk).review for correction in corrections]


def test_the_queue_shows_the_answer_and_the_correction(reviewer, waiting):
    text = reviewer.get("/staff/review/").text
    assert text.count("data-card") == 6
    for row in queue.review_queue():
        assert (row["correction"].label, row["read"]) != (None, None)
    assert "The person says" in text


def test_the_queue_shows_refused_and_unsure_answers(reviewer, waiting):
    Prediction.objects.update(verdict="not_a_digit")
    assert flat(reviewer.get("/staff/review/").text).count("<dd>not a digit</dd>") == 6
    Prediction.objects.update(verdict="unsure", label=4)
    assert reviewer.get("/staff/review/").text.count("<strong>4?</strong>") == 6


def test_staff_without_the_permission_cannot_review(waiting):
    reader = staff_site.staff_client()
    assert reader.get("/staff/review/").status_code == 403
    assert reader.post("/staff/review/", {"accept_one": waiting[0].pk}).status_code == 403
    assert set(states(waiting)) == {"waiting"}


def test_one_is_accepted_and_one_rejected_by_their_own_buttons(reviewer, waiting):
    fragment = reviewer.post("/staff/review/", {"accept_one": waiting[0].pk}, headers=HTMX).text
    assert fragment.lstrip().startswith('<form id="review"')
    assert fragment.count("data-card") == 5
    reviewer.post("/staff/review/", {"reject_one": waiting[1].pk, "ids": [waiting[2].pk]})
    assert states(waiting) == ["accepted", "rejected", *["waiting"] * 4]


def test_several_are_decided_at_once_and_undone_at_once(reviewer, waiting):
    ids = [correction.pk for correction in waiting[:3]]
    response = reviewer.post("/staff/review/", {"ids": ids, "decision": "reject"})
    assert response.headers["Location"] == "/staff/review/"
    assert states(waiting) == [*["rejected"] * 3, *["waiting"] * 3]
    assert "3 rejected, 3 left." in flat(reviewer.get("/staff/review/").text)
    reviewer.post("/staff/review/", {"decision": "undo"})
    assert set(states(waiting)) == {"waiting"}
    assert "Undo" not in reviewer.get("/staff/review/").text


def test_a_number_is_one_card_and_its_digits_are_decided_with_it(reviewer, owner, model_version):
    digits = drawn_number(owner).siblings
    answer_all(model_version, 4, 7)
    digits = list(Digit.objects.filter(pk__in=[digit.pk for digit in digits]).with_predictions().order_by("position"))
    corrections.correct_number(digits, "4.1")
    text = flat(reviewer.get("/staff/review/").text)
    assert (text.count("data-card"), "4.1, says the person; read as 47" in text) == (1, True)
    (row,) = queue.review_queue()
    assert (row["says"], row["read"]) == ("4.1", "47")
    page = flat(reviewer.post("/staff/review/", {"accept_one": row["name"]}, headers=HTMX).text)
    assert "1 accepted, 0 left." in page
    assert list(Correction.objects.values_list("label", "review")) == [(4, "confirmed"), (1, "accepted")]
    reviewer.post("/staff/review/", {"decision": "undo"})
    assert NumberCorrection.objects.get().review == "waiting"
    reviewer.post("/staff/review/", {"ids": [row["name"]], "decision": "reject"})
    assert list(Correction.objects.values_list("label", "review")) == [(4, "confirmed"), (1, "rejected")]


def test_what_people_only_confirm_is_not_in_the_queue(reviewer, owner, model_version):
    digits = drawn_number(owner).siblings
    answer_all(model_version, 4, 7)
    digits = list(Digit.objects.filter(pk__in=[digit.pk for digit in digits]).with_predictions().order_by("position"))
    corrections.confirm_number(digits)
    drawn_digit(owner)
    answer_all(model_version, 7)
    corrections.confirm(Digit.objects.with_predictions().latest("pk"))
    assert "Nothing to review" in reviewer.get("/staff/review/").text
    assert queue.correction_counts()["confirmed"] == 2


def test_undo_does_not_change_decisions_of_others(reviewer, waiting):
    other = staff_site.staff_client(REVIEW)
    other.post("/staff/review/", {"accept_one": waiting[0].pk})
    reviewer.post("/staff/review/", {"ids": [c.pk for c in waiting[:2]], "decision": "accept"})
    reviewer.post("/staff/review/", {"decision": "undo"})
    assert states(waiting[:2]) == ["accepted", "waiting"]


@pytest.mark.parametrize(
    "form", [{}, {"decision": "accept"}, {"decision": "burn", "ids": [1]}, {"accept_one": "x"}, {"ids": "9" * 40}]
)
def test_an_invalid_form_changes_nothing(reviewer, waiting, form):
    assert reviewer.post("/staff/review/", form).status_code == 302
    assert set(states(waiting)) == {"waiting"}


def test_counts_tell_accepted_and_held_back(reviewer, waiting):
    reviewer.post("/staff/review/", {"ids": [c.pk for c in waiting], "decision": "accept"})
    held_back = sum(correction.held_back for correction in waiting)
    counts = queue.correction_counts()
    assert (counts["accepted"], counts["held_back"], counts["learnt"]) == (6, held_back, 6 - held_back)


def test_a_correction_to_not_a_digit_is_shown_in_words(reviewer, owner, model_version):
    digit = staff_site.digits(owner, 1, model_version)[0]
    staff_site.correct(digit, None)
    assert "not a digit" in reviewer.get("/staff/review/").text


def test_a_long_queue_costs_as_many_queries_as_a_short_one(
    reviewer, owner, model_version, django_assert_max_num_queries
):
    staff_site.corrections(staff_site.digits(owner, 60, model_version), every=1)
    with django_assert_max_num_queries(12):
        text = reviewer.get("/staff/review/").text
    assert text.count("data-card") == queue.QUEUE_PAGE


def test_an_empty_queue_says_so(reviewer):
    assert "Nothing to review" in reviewer.get("/staff/review/").text


@pytest.fixture
def decided(owner):
    """A decision about a field of a sheet, which waits."""
    stack = filled(owner, 1, risk=0.3, picture=True)
    return acts.decide(stack, owner, stack.values.get(key="points").public_id, "41")


def test_decisions_about_fields_of_sheets_are_reviewed_like_corrections(reviewer, waiting, decided):
    text = flat(reviewer.get("/staff/review/").text)
    assert text.count("data-card") == 7
    assert "41, says the person; unsure, perhaps 1" in text
    assert "a field of a sheet" in text
    assert queue.correction_counts()["waiting"] == 7
    reviewer.post("/staff/review/", {"ids": [f"v{decided.pk}", waiting[0].pk], "decision": "accept"})
    decided.refresh_from_db()
    assert (decided.review, states(waiting[:1])) == ("accepted", ["accepted"])
    assert "2 accepted, 5 left." in flat(reviewer.get("/staff/review/").text)
    reviewer.post("/staff/review/", {"decision": "undo"})
    decided.refresh_from_db()
    assert (decided.review, states(waiting[:1])) == ("waiting", ["waiting"])
    reviewer.post("/staff/review/", {"reject_one": f"v{decided.pk}"})
    decided.refresh_from_db()
    assert decided.review == "rejected"


def test_reviewers_see_the_fields_that_people_decided_and_no_others(reviewer, decided):
    response = reviewer.get(f"/staff/review/values/{decided.public_id}.jpg")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "image/jpeg")
    other = decided.stack.values.get(key="pupil")
    assert reviewer.get(f"/staff/review/values/{other.public_id}.jpg").status_code == 404
    assert staff_site.staff_client().get(f"/staff/review/values/{decided.public_id}.jpg").status_code == 403
