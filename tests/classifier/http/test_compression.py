"""Pages are compressed for browsers that can read it; small answers, pictures and downloads are sent as they are."""

import gzip

import pytest

from classifier.http.compression import MIN_BYTES
from tests.factories import many_digits

GZIP = {"accept-encoding": "gzip, deflate, br"}


def test_page_is_compressed_and_the_same(owner_client):
    plain, packed = owner_client.get("/history/"), owner_client.get("/history/", headers=GZIP)
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"] and "Accept-Encoding" in plain["Vary"]
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 2
    assert b"Your history" in gzip.decompress(packed.content)
    assert not plain.has_header("Content-Encoding")


def test_length_of_a_page_says_nothing_about_a_secret_in_it(owner_client):
    """BREACH: the same page has another length each time."""
    lengths = {len(owner_client.get("/history/", headers=GZIP).content) for _ in range(12)}
    assert len(lengths) > 1


def test_small_answer_is_not_compressed(client, db):
    answer = client.get("/healthz", headers=GZIP)
    assert len(answer.content) < MIN_BYTES
    assert not answer.has_header("Content-Encoding")


@pytest.mark.parametrize("path", ["/export/digits.json", "/export/digits.csv", "/export/all.zip"])
def test_download_is_sent_as_it_is_made(owner_client, owner, model_version, path):
    """A compressor would hold pieces back until it has enough of them."""
    many_digits(owner, 3, model_version)
    answer = owner_client.get(path, headers=GZIP)
    assert answer.streaming and answer.getvalue()
    assert not answer.has_header("Content-Encoding")


def test_picture_is_sent_as_it_is(owner_client, owner, model_version):
    (digit,) = many_digits(owner, 1)
    answer = owner_client.get(f"/digits/{digit.public_id}/input.png", headers=GZIP)
    assert answer["Content-Type"] == "image/png" and not answer.has_header("Content-Encoding")
