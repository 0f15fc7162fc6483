"""Files that are read by ranges."""

import io
import random

import pytest

from digitsite.s3.reading import LEAST, MOST, RangeReader, buffered

CONTENT = random.Random(7).randbytes(20 * 2**20)


@pytest.fixture
def asked():
    return []


@pytest.fixture
def file(asked):
    def read_range(start, end):
        asked.append((start, end))
        return CONTENT[start:end]

    return buffered(RangeReader(read_range, len(CONTENT)))


def test_reads_as_a_local_file_does(file):
    local, draw = io.BytesIO(CONTENT), random.Random(3)
    for _ in range(300):
        at, length = draw.randrange(len(CONTENT) + 100), draw.choice([1, 46, 5000, 300_000])
        assert (file.seek(at), file.read(length)) == (local.seek(at), local.read(length))
        assert file.tell() == local.tell()
    assert file.seek(-22, io.SEEK_END) == local.seek(-22, io.SEEK_END)
    assert file.read() == local.read()


def test_one_place_costs_one_small_request(file, asked):
    file.seek(10_000_000)
    file.read(46)
    file.read(400)
    assert [end - start for start, end in asked] == [LEAST]


def test_reading_on_takes_larger_requests(file, asked):
    assert b"".join(iter(lambda: file.read(4096), b"")) == CONTENT
    assert len(asked) < 15
    assert max(end - start for start, end in asked) == MOST


def test_file_that_is_cut_off_on_the_way_is_an_error():
    with pytest.raises(OSError, match="instead of"):
        buffered(RangeReader(lambda start, end: b"too short", 5000)).read()
