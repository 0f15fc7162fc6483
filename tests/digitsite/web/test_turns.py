"""Who is served next, and who is refused. Times are in seconds, senders are numbers."""

import pytest

from digitsite.web import turns
from digitsite.web.asked import Asked, Kind
from digitsite.web.turns import Refusal, Turn

PAGE, ANSWER, PREVIEW, BULK = Kind.PAGE, Kind.ANSWER, Kind.PREVIEW, Kind.BULK
ADA, BOB, TOKEN = 1, 2, 3
BUSY_AFTER_S, MOST = 5.0, 200


def by(sender, kind=ANSWER):
    return Asked(kind, sender, is_program=sender == TOKEN)


def waiting(*senders, kind=ANSWER, since=0.0):
    return [Turn(by(sender, kind), since) for sender in senders]


def refused(asked, waiting, now):
    return turns.refusal(asked, waiting, now, BUSY_AFTER_S, MOST)


def test_pages_come_first_then_digits_previews_and_batches_and_people_before_programs():
    expected = [by(ADA, PAGE), by(ADA), by(TOKEN), by(BOB, PREVIEW), by(ADA, BULK)]
    mixed = [Turn(asked, float(since)) for since, asked in enumerate(reversed(expected))]
    assert [turn.asked for turn in sorted(mixed, key=lambda turn: turns.order(turn, {}))] == expected


def test_who_has_less_at_work_comes_first_then_who_has_waited_longer():
    line = [Turn(by(ADA), 1.0), Turn(by(BOB), 3.0), Turn(by(BOB), 2.0)]
    ordered = sorted(line, key=lambda turn: turns.order(turn, {ADA: 1}))
    assert [(turn.asked.sender, turn.since) for turn in ordered] == [(BOB, 2.0), (BOB, 3.0), (ADA, 1.0)]


@pytest.mark.parametrize(
    ("kind", "running", "expected"),
    [
        (ANSWER, [], True),
        (ANSWER, [ANSWER] * 4, True),
        (ANSWER, [ANSWER] * 5, False),  # the last thread is for pages
        (ANSWER, [PAGE] * 5, True),
        (PAGE, [ANSWER] * 5, True),
        (Kind.PROBE, [ANSWER] * 5, True),
        (PAGE, [ANSWER] * 5 + [PAGE], False),
        (BULK, [BULK] * 2, True),
        (BULK, [BULK] * 3, False),  # half of the threads
        (ANSWER, [BULK] * 3, True),
    ],
)
def test_threads_are_kept_for_what_is_quick(kind, running, expected):
    assert turns.has_room(kind, running, threads=6) is expected


def test_only_thread_serves_everything():
    assert turns.has_room(BULK, [], threads=1)


@pytest.mark.parametrize(
    ("sender", "at_work", "others_draw", "expected"),
    [
        (TOKEN, 0, True, True),
        (TOKEN, 1, True, False),
        (TOKEN, 10, False, True),
        (ADA, 3, True, True),
        (ADA, 4, True, False),
        (0, 10, True, True),  # visitors are many, see classifier.http.visitors
    ],
)
def test_sender_has_few_requests_at_work_while_others_draw(sender, at_work, others_draw, expected):
    assert turns.may_run(by(sender), at_work, others_draw, token_at_once=1) is expected


@pytest.mark.parametrize(("kind", "patience_s"), [(PREVIEW, 0.5), (ANSWER, 5.0), (BULK, 10.0), (PAGE, 15.0)])
def test_kind_is_refused_once_its_oldest_has_waited_for_too_long(kind, patience_s):
    line = waiting(ADA, kind=kind)
    assert refused(by(BOB, kind), line, patience_s) is None
    assert refused(by(BOB, kind), line, patience_s + 0.1) is Refusal.SITE


def test_other_kinds_are_not_refused_with_it():
    assert refused(by(BOB), waiting(ADA, kind=PREVIEW), 4.0) is None
    assert refused(by(BOB, PAGE), waiting(ADA), 10.0) is None


def test_probes_are_never_refused():
    assert refused(by(0, Kind.PROBE), waiting(*[ADA] * MOST), 100.0) is None


def test_program_that_waits_for_its_own_limit_is_refused_alone():
    line = waiting(TOKEN)
    assert refused(by(TOKEN), line, 6.0) is Refusal.SENDER
    assert refused(by(ADA), line, 6.0) is None


def test_sender_with_too_many_that_wait_is_refused_alone():
    line = waiting(*[ADA] * turns.OWN_WAITING)
    assert refused(by(ADA), line, 1.0) is Refusal.SENDER
    assert refused(by(BOB), line, 1.0) is None
    assert refused(by(ADA), line[1:], 1.0) is None


def test_visitors_do_not_count_as_one_sender():
    assert refused(by(0), waiting(*[0] * turns.OWN_WAITING), 1.0) is None


def test_no_more_than_so_many_wait():
    line = waiting(*range(100, 100 + MOST))
    assert refused(by(BOB), line, 1.0) is Refusal.SITE
    assert refused(by(BOB, PAGE), line, 1.0) is None  # people can still sign in
    assert refused(by(BOB, PAGE), line + line[: MOST // 2], 1.0) is Refusal.SITE


@pytest.mark.parametrize(("kind", "longest_s"), [(PREVIEW, 0.5), (ANSWER, 20.0), (BULK, 40.0), (PAGE, 60.0)])
def test_nothing_waits_without_end(kind, longest_s):
    turn = Turn(by(ADA, kind), 0.0)
    assert not turns.has_waited_in_vain(turn, longest_s, BUSY_AFTER_S)
    assert turns.has_waited_in_vain(turn, longest_s + 0.1, BUSY_AFTER_S)
