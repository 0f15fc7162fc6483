"""Pages and API count rejected requests by reason. Counting never fails a request."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from classifier.errors import ArchiveRejected, NotFound, SiteBusy
from classifier.http import rejections
from classifier.jobs import replies
from classifier.pages import site
from classifier.recognition.errors import NoInk
from tests.factories import PEN, SIZE, drawn_digit

DIGITS = "/api/v1/digits/"
JSON = "application/json"


def today() -> "Counter[str]":
    return rejections.counts([timezone.localdate()])


@pytest.fixture
def api(owner_token):
    return Client(headers={"Authorization": f"Token {owner_token}"})


def upload(client, content, address="/pictures/"):
    return client.post(address, {"image": SimpleUploadedFile("digit.png", content)})


def test_pages_count_rejections_by_reason(owner_client, settings):
    settings.UPLOAD_MAX_MB = 1
    upload(owner_client, b"<svg/>")
    upload(owner_client, b"")
    upload(owner_client, b"\x89PNG\r\n\x1a\n" + b"half a picture")
    upload(owner_client, bytes(2**20 + 1))
    owner_client.post("/drawings/", {"strokes": "none"})
    assert today() == {"unsupported_format": 1, "unreadable": 2, "too_large": 1, "malformed": 1}


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (NoInk("It is empty."), {"no_ink": 1}),
        (ArchiveRejected("It holds too many files.", "too_many_files", 413), {"too_large": 1}),
        (NotFound("It is gone."), {}),
    ],
)
def test_a_page_answers_and_counts_the_errors_of_its_view(error, counts):
    def show(request, error):
        return HttpResponse(f"{request.path}: {error}", status=error.status)

    @rejections.answers_errors(show)
    def view(request, page):
        """Draws."""
        if request.method == "GET":
            return HttpResponse(page)
        raise error

    assert (view.__name__, view.__doc__) == ("view", "Draws.")
    assert view(RequestFactory().get("/pad/"), page=7).text == "7"
    assert today() == {}
    response = view(RequestFactory().post("/pad/"), page=7)
    assert (response.status_code, response.text) == (error.status, f"/pad/: {error}")
    assert today() == counts


def test_other_errors_of_a_view_pass():
    @rejections.answers_errors(lambda request, error: HttpResponse())
    def view(request):
        raise Http404

    with pytest.raises(Http404):
        view(RequestFactory().get("/pad/"))


def test_the_log_has_the_cause_of_a_rejection(caplog):
    error = SiteBusy("Please try again.")
    error.__cause__ = OSError("No space left")
    with caplog.at_level("INFO", rejections.log.name):
        rejections.count_error(error)
    assert "Rejected (busy): OSError('No space left')" in caplog.text


def test_answers_and_missing_pages_are_not_rejections(owner_client, owner, api):
    digit = drawn_digit(owner)
    assert owner_client.get(f"/digits/{digit.public_id}/").status_code == 200
    assert owner_client.get("/nowhere/").status_code == 404
    assert api.get(f"{DIGITS}c1a55e5e-0000-4000-8000-000000000000/").status_code == 404
    assert Client().get(DIGITS).status_code == 401
    assert api.put(DIGITS).status_code == 405
    assert today() == {}


def test_api_counts_rejections_by_reason(api):
    api.post(DIGITS, "{", content_type=JSON)
    api.post(DIGITS, {"strokes": None, "size": SIZE, "pen": PEN}, content_type=JSON)
    api.post(DIGITS, {"strokes": [], "size": SIZE, "pen": PEN}, content_type=JSON)
    api.post(DIGITS, "7", content_type="text/plain")
    upload(api, b"<svg/>", DIGITS)
    assert today() == {"malformed": 2, "no_ink": 1, "unsupported_format": 2}


@pytest.mark.parametrize("path", ["/pictures/", DIGITS])
def test_unread_bodies_are_counted(client, path):
    length = str(2**40)
    response = client.generic("POST", path, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=length)
    assert response.status_code == 413
    assert today() == {"too_large": 1}


def test_rate_limited_requests_are_counted(client, owner):
    responses = [client.post("/account/login/", {"login": "owner", "password": "guess"}) for _ in range(8)]
    limited = [response for response in responses if response.status_code == 429]
    assert limited
    assert today() == {"rate_limited": len(limited)}


@pytest.mark.parametrize(
    ("error", "counts"),
    [(RequestDataTooBig(), {"too_large": 1}), (ValueError(), {"malformed": 1}), (DisallowedHost(), {})],
)
def test_requests_that_django_rejects_are_counted(error, counts):
    site.bad_request(RequestFactory().get("/api/"), error)
    assert today() == counts


def test_server_errors_are_counted(owner_client, monkeypatch):
    owner_client.raise_request_exception = False
    monkeypatch.setattr("classifier.pages.history.listing.history.entries", lambda *_, **__: 1 / 0)
    assert owner_client.get("/history/").status_code == 500
    assert today() == {"server_error": 1}


def test_counts_of_a_day_are_separate_and_expire_after_a_week(redis_server):
    for _ in range(3):
        rejections.count("no_ink")
    day = timezone.localdate()
    redis_server.rename(rejections._key(day), rejections._key(day - timedelta(days=2)))
    rejections.count("no_ink")
    assert today() == {"no_ink": 1}
    assert rejections.counts(day - timedelta(days=back) for back in range(7)) == {"no_ink": 4}
    assert 7 < redis_server.ttl(rejections._key(day)) / 86400 <= 8


def test_counting_takes_one_round_trip_and_other_codes_none(monkeypatch):
    sent = []
    execute = replies.redis.client.Pipeline.execute
    monkeypatch.setattr(
        replies.redis.client.Pipeline, "execute", lambda self, *given: sent.append(1) or execute(self, *given)
    )
    rejections.count("not_found")
    assert sent == []
    rejections.count("throttled")
    assert sent == [1]


def test_start_of_counting_is_known_unless_redis_forbids_info(monkeypatch):
    assert timezone.now() - timedelta(days=1) < rejections.counted_since() <= timezone.now()

    def forbidden(*_):
        raise replies.redis.exceptions.NoPermissionError

    monkeypatch.setattr(replies.redis.Redis, "info", forbidden)
    assert rejections.counted_since() is None


def test_rejections_are_answered_without_redis(owner_client, monkeypatch, tmp_path):
    unreachable = replies.redis.Redis.from_url(f"unix://{tmp_path}/redis.sock")
    monkeypatch.setattr(replies, "connection", lambda: unreachable)
    assert upload(owner_client, b"<svg/>").status_code == 415
