"""What web processes tell each other in shared memory."""

import os
import time

import pytest

from digitsite.web import board
from digitsite.web.board import Board

ADA, BOB, TOKEN = 11, 12, 13


@pytest.fixture
def places():
    return Board(processes=3, threads=2)


def test_requests_of_a_sender_are_counted_over_all_processes(places):
    places.begins(0, TOKEN)
    if (child := os.fork()) == 0:  # another process with the same memory
        places.begins(1, TOKEN)
        places.begins(1, ADA)
        os._exit(0)
    os.waitpid(child, 0)
    assert (places.at_work(TOKEN), places.at_work(ADA)) == (2, 1)
    places.ends(0, TOKEN)
    assert places.at_work(TOKEN) == 1


def test_what_a_process_that_has_ended_had_at_work_is_forgotten(places):
    places.begins(1, TOKEN)
    places.draws(1, ADA)
    places.holds(1, {BOB: 5.0})
    places.clear(1)
    assert places.at_work(TOKEN) == 0
    assert not places.others_draw(TOKEN)
    assert not places.is_before(0, BOB, 9.0)


def test_others_draw_for_two_seconds(places, monkeypatch):
    places.draws(0, ADA)
    assert places.others_draw(TOKEN)
    assert not places.others_draw(ADA)
    places.draws(0, BOB)
    places.draws(0, ADA)
    assert places.others_draw(ADA)
    now = time.monotonic()
    monkeypatch.setattr(board.time, "monotonic", lambda: now + board.DRAWS_S + 0.1)
    assert not places.others_draw(TOKEN)


def test_older_request_in_another_process_is_first(places):
    places.holds(0, {TOKEN: 5.0})
    assert places.is_before(1, TOKEN, 6.0)
    assert not places.is_before(1, TOKEN, 4.0)
    assert not places.is_before(0, TOKEN, 6.0)  # its own
    assert not places.is_before(1, ADA, 6.0)
    places.holds(0, {})
    assert not places.is_before(1, TOKEN, 6.0)


def test_more_processes_than_places_do_no_harm(places):
    places.begins(places.places + 1, TOKEN)
    places.draws(places.places + 1, ADA)
    places.holds(places.places + 1, dict.fromkeys(range(1, 30), 1.0))
    assert places.at_work(TOKEN) == 1
