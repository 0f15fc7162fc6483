"""How long pages take for a person with 100,000 digits and for one with 100, on the same database.

`python -m benchmarks.many_digits [--digits 100000] [--postgresql]` prints medians. The requests run within this
process, so only the site itself is measured.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

HISTORY = "/history/"
DAYS = 300  # that the digits come from
CORRECTED = 0.01  # of all digits
IN_BATCH = 0.1  # the oldest of them, with labels
MISREAD = 0.05  # of what is labelled
PAGES = 500
CHUNK = 2000


def main() -> None:
    options = _options()
    with ExitStack() as stack:
        if options.postgresql:
            from tests import services

            os.environ["TEST_DATABASE"] = "postgresql"
            os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
            stack.enter_context(services.postgres_running())
        _prepare()
        people = {count: make_person(f"person{count}", count) for count in (100, options.digits)}
        _settle()
        say("Measuring …")
        print(report(people, options.rounds))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digits", type=int, default=100_000, help="of the person with many")
    parser.add_argument("--rounds", type=int, default=15, help="how often each address is asked for")
    parser.add_argument("--postgresql", action="store_true", help="on a server of its own, instead of SQLite")
    return parser.parse_args()


def _prepare() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("createcachetable", verbosity=0)
    call_command("migrate", verbosity=0)


def _settle() -> None:
    """What a database does by itself in the hours after so many rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")


def make_person(name: str, count: int) -> Any:
    """Somebody with so many answered digits, a few of them corrected, the first of them sent as one batch."""
    from django.contrib.auth import get_user_model

    from classifier.models import Batch

    say(f"Storing {count:,} digits of one person …")
    owner = get_user_model().objects.create_user(name)
    versions, chance = _versions(), random.Random(count)
    batch = Batch.objects.create(owner=owner, name="first.zip", size=1, total=count, position=0, status="done")
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for start in range(0, count, CHUNK):
        some = range(start, min(count, start + CHUNK))
        times = {begin + timedelta(days=DAYS * at / count): batch if at < IN_BATCH * count else None for at in some}
        _store(owner, times, versions, chance)
    return owner


def _versions() -> list[Any]:
    from classifier.digits.registry import BUNDLED, activate, register_version
    from classifier.models import ModelVersion

    if not ModelVersion.objects.exists():
        for name in ("deeper_cnn", "first_cnn"):
            activate(register_version(BUNDLED / name), kind="set-up")
    return list(ModelVersion.objects.order_by("pk"))


def _store(owner: Any, times: dict[datetime, Any], versions: list[Any], chance: random.Random) -> None:
    """times: of each digit, with its batch if it came in one."""
    from django.db import transaction

    from classifier.models import Correction, Digit, Drawing, Prediction

    strokes = [[[60 + step, 60, 10 * step] for step in range(40)], [[130, 60 + step, 10 * step] for step in range(40)]]
    with transaction.atomic():
        content = {"owner": owner, "strokes": strokes, "width": 280, "height": 280, "pen": 18}
        drawings = Drawing.objects.bulk_create(
            Drawing(
                source="batch" if batch else _source(chance),
                true_label=chance.randrange(10) if batch else None,
                batch=batch,
                created=at,
                **content,
            )
            for at, batch in times.items()
        )
        pixels = [chance.randbytes(784) for _ in range(20)]
        digits = Digit.objects.bulk_create(
            Digit(drawing=drawing, pixels=chance.choice(pixels), preprocessing_version=1, hints={"ink": 0.1})
            for drawing in drawings
        )
        answers = [_answer(digit, versions, chance) for digit in digits]
        Prediction.objects.bulk_create(answers)
        Correction.objects.bulk_create(
            Correction(digit=digit, label=chance.choice([None, answer.label, chance.randrange(10)]), held_back=False)
            for digit, answer in zip(digits, answers, strict=True)
            if chance.random() < CORRECTED
        )


def _source(chance: random.Random) -> str:
    return chance.choices(["draw", "upload", "mnist", "api", "camera"], [60, 15, 15, 9, 1])[0]


def _answer(digit: Any, versions: list[Any], chance: random.Random) -> Any:
    from classifier.models import Prediction

    label, confidence = digit.drawing.true_label, chance.betavariate(8, 0.3)
    if label is None or chance.random() < MISREAD:
        label = chance.randrange(10)
    shares = [round((1 - confidence) / 9, 6)] * 10
    shares[label] = confidence
    return Prediction(
        digit=digit,
        revision=1,
        model_version=versions[chance.random() < 0.02],
        preprocessing_version=1,
        status="done",
        verdict=chance.choices(["digit", "unsure", "not_a_digit"], [95, 3, 2])[0],
        candidates=[label],
        label=label,
        confidence=confidence,
        probabilities=shares,
        logits=[round(chance.gauss(0, 5), 6) for _ in range(10)],
        inference_ms=0.3,
        finished=digit.drawing.created,
    )


def addresses(owner: Any) -> Iterator[tuple[str, str]]:
    """What is asked for: its name, and its address."""
    from classifier.digits.filters import SORTS

    yield "home", "/"
    yield "history", HISTORY
    yield "digits of the API", "/api/v1/digits/"
    yield "me of the API", "/api/v1/me/"
    far = place_of_page(owner, PAGES)
    yield f"history, page {far[0]}", f"{HISTORY}?before={far[1]}"
    for sort, _ in SORTS[1:]:
        yield f"sorted: {sort}", f"{HISTORY}?sort={sort}"
        page, before = place_of_page(owner, PAGES, sort)
        yield f"sorted: {sort}, page {page}", f"{HISTORY}?sort={sort}&before={before}"
    yield "digit=3", f"{HISTORY}?digit=3"
    yield "digit=3&digit=8", f"{HISTORY}?digit=3&digit=8"
    yield "label=3", f"{HISTORY}?label=3"
    yield "label=none", f"{HISTORY}?label=none"
    yield "source=camera", f"{HISTORY}?source=camera"
    yield "verdict=unsure", f"{HISTORY}?verdict=unsure"
    yield "status=failed (none)", f"{HISTORY}?status=failed"
    yield "corrected=true", f"{HISTORY}?corrected=true"
    yield "corrected=false", f"{HISTORY}?corrected=false"
    yield "wrong=true", f"{HISTORY}?wrong=true"
    yield "max_confidence=0.5", f"{HISTORY}?max_confidence=0.5"
    yield "confidence 0.6 to 0.7, newest", f"{HISTORY}?min_confidence=0.6&max_confidence=0.7"
    yield "version=first_cnn", f"{HISTORY}?version={_rare_version()}"
    yield "one day of the first", f"{HISTORY}?after=2026-01-02&before_date=2026-01-02"
    yield "wrong=true, least sure", f"{HISTORY}?wrong=true&sort=least_sure"
    yield "rare of everything", f"{HISTORY}?digit=3&source=camera&verdict=unsure&after=2026-01-20&sort=surest"
    batch = f"{HISTORY}?batch={owner.batches.get().public_id}"
    yield "a batch", batch
    yield "a batch, wrong=true", f"{batch}&wrong=true"
    yield "a batch, unsure, least sure", f"{batch}&verdict=unsure&sort=least_sure"
    yield "a batch, page 20", f"{batch}&before={place_of_page(owner, 20, batch=owner.batches.get().public_id)[1]}"
    for name in (
        "history/summary",
        "history/deleted",
        "batches",
        "export",
        "account",
        "account/sessions",
        "account/tokens",
    ):
        yield f"/{name}/", f"/{name}/"
    batch, digit = owner.batches.get().public_id, place_of_page(owner, 2)[1]
    yield "a batch's own page", f"/batches/{batch}/"
    yield "a digit's page", f"/digits/{digit}/"
    yield "a digit of the API", f"/api/v1/digits/{digit}/"
    yield "answers to it of the API", f"/api/v1/digits/{digit}/predictions/"
    yield "wrong=true of the API", "/api/v1/digits/?wrong=true"
    yield "batches of the API", "/api/v1/batches/"
    yield "a batch of the API", f"/api/v1/batches/{batch}/"


def _rare_version() -> str:
    from classifier.models import ModelVersion

    return str(ModelVersion.objects.order_by("pk")[1].name)


def place_of_page(owner: Any, number: int, sort: str = "newest", **filters: Any) -> tuple[int, str]:
    """Where a page begins: its number (the last one's, where there are fewer), and the digit before it."""
    from classifier.digits.filters import filtered
    from classifier.digits.history import PAGE

    digits = filtered(owner, {"sort": sort} | filters)
    number = min(number, max(1, digits.count() // PAGE))
    return number, str(digits[max(0, (number - 1) * PAGE - 1)].public_id)


def report(people: dict[int, Any], rounds: int) -> str:
    from django.db import connection

    small, large = people
    lines = [f"{connection.vendor}, medians of {rounds} (ms)", f"{'':34} {small:>9,} {large:>9,}  queries   cards"]
    tables = {count: list(addresses(owner)) for count, owner in people.items()}
    clients = {count: _client(owner) for count, owner in people.items()}
    for (_, here), (name, there) in zip(tables[small], tables[large], strict=True):
        times: dict[int, list[float]] = {small: [], large: []}
        queries, cards = {}, {}
        for turn in range(rounds + 1):
            for count, address in ((small, here), (large, there)):
                took, queries[count], cards[count] = _asked(clients[count], address)
                if turn:
                    times[count].append(took)
        cells = [f"{median(times[count]):9.1f}" for count in people]
        cells += [f"{queries[small]:>3} {queries[large]:>3}", f"{cards[small]:>3} {cards[large]:>3}"]
        lines.append(f"{name:34} {' '.join(cells)}")
    return "\n".join(lines)


def _client(owner: Any) -> Any:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(owner, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def _asked(client: Any, address: str) -> tuple[float, str, int]:
    """How long an address takes, in ms, how many statements it sends to the database, and how many digits it shows."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    connection.force_debug_cursor = False
    started = time.perf_counter()
    response = client.get(address)
    took = (time.perf_counter() - started) * 1e3
    if response.status_code != 200:
        return took, f"STATUS {response.status_code}", 0
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return took, str(len(queries)), response.content.count(b'<li class="card"')


say: Callable[[str], None] = lambda words: print(words, file=sys.stderr, flush=True)  # noqa: E731


if __name__ == "__main__":
    main()
