"""Measures how long pages and API take for each person."""

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifier.digits.filters import SORTS, filtered
from classifier.digits.history import PAGE
from classifier.models import ModelVersion

HISTORY = "/history/"
PAGES = 500


def report(people: dict[int, User], rounds: int) -> str:
    small, large = people
    lines = [f"{connection.vendor}, medians of {rounds} (ms)", f"{'':34} {small:>9,} {large:>9,}  queries   cards"]
    tables = {count: list(addresses(owner)) for count, owner in people.items()}
    clients = {count: _client(owner) for count, owner in people.items()}
    for (_, here), (name, there) in zip(tables[small], tables[large], strict=True):
        times: dict[int, list[float]] = {small: [], large: []}
        queries, cards = {}, {}
        for turn in range(rounds + 1):
            for count, address in ((small, here), (large, there)):
                took, queries[count], cards[count] = _measure(clients[count], address)
                if turn:
                    times[count].append(took)
        cells = [f"{median(times[count]):9.1f}" for count in people]
        cells += [f"{queries[small]:>3} {queries[large]:>3}", f"{cards[small]:>3} {cards[large]:>3}"]
        lines.append(f"{name:34} {' '.join(cells)}")
    return "\n".join(lines)


def _client(owner: User) -> Client:
    client = Client()
    client.force_login(owner, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def _measure(client: Client, address: str) -> tuple[float, str, int]:
    """The time of a request in ms, the number of its database queries, and the number of digits it shows."""
    connection.force_debug_cursor = False
    started = time.perf_counter()
    response = client.get(address)
    took = (time.perf_counter() - started) * 1e3
    if response.status_code != 200:
        return took, f"STATUS {response.status_code}", 0
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return took, str(len(queries)), response.content.count(b'<li class="card"')


def addresses(owner: User) -> Iterator[tuple[str, str]]:
    """The measured addresses: name and address."""
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
    return str(ModelVersion.objects.order_by("pk")[1].name)


def place_of_page(owner: User, number: int, sort: str = "newest", **filters: Any) -> tuple[int, str]:
    """The number of a page (of the last one, if there are fewer) and the id of the digit before it."""
    digits = filtered(owner, {"sort": sort} | filters)
    number = min(number, max(1, digits.count() // PAGE))
    return number, str(digits[max(0, (number - 1) * PAGE - 1)].public_id)
