"""Pages are compressed for browsers that can read it; small answers, pictures and downloads are sent as they are."""

import gzip

import pytest
from django.http import HttpResponse

from classifier.http.compression import MIN_BYTES, CompressionMiddleware
from tests.factories import many_digits

GZIP = {"accept-encoding": "gzip, deflate, br"}


def compressed(rf, *content, **more):
    """What the middleware makes of this response."""
    return CompressionMiddleware(lambda request: HttpResponse(*content, **more))(rf.get("/", headers=GZIP))


def test_page_is_compressed_and_the_same(owner_client):
    plain, packed = owner_client.get("/history/"), owner_client.get("/history/", headers=GZIP)
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"] and "Accept-Encoding" in plain["Vary"]
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 2
    assert b"Your history" in gzip.decompress(packed.content)
    assert not plain.has_header("Content-Encoding")


def test_length_of_a_page_says_nothing_about_a_secret_in_it(rf):
    """BREACH: the same content has another length each time, even without a token that is masked anew."""
    lengths = {len(compressed(rf, "The same words. " * 200).content) for _ in range(12)}
    assert len(lengths) > 1


@pytest.mark.parametrize(("length", "is_compressed"), [(MIN_BYTES - 1, False), (MIN_BYTES, True)])
def test_small_answer_is_not_compressed(rf, length, is_compressed):
    assert compressed(rf, "x" * length).has_header("Content-Encoding") == is_compressed


@pytest.mark.parametrize("path", ["/export/digits.json", "/export/digits.csv", "/export/all.zip"])
def test_download_is_sent_as_it_is_made(owner_client, owner, model_version, path):
    """A compressor would hold pieces back until it has enough of them."""
    many_digits(owner, 3, model_version)
    answer = owner_client.get(path, headers=GZIP)
    assert answer.streaming and answer.getvalue()
    assert not answer.has_header("Content-Encoding")


def test_picture_is_sent_as_it_is(rf):
    """Even if compression would make it smaller."""
    assert not compressed(rf, bytes(5000), content_type="image/png").has_header("Content-Encoding")
