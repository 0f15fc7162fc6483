"""The figures for Prometheus of the whole site: every one that is asked for exists, and all web processes count."""

import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.metrics import Samples, expressions, named_in_deploy, names, samples, value
from tests.services import Site, wait_until


def told(site: Site) -> Samples:
    with urllib.request.urlopen(f"{site.url}/metrics", timeout=20) as answer:
        return samples(answer.read().decode())


def test_every_figure_of_dashboard_and_alert_rules_exists(live_site):
    named = named_in_deploy()
    assert len(named) > 25
    assert len(expressions()) > 45
    wait_until(lambda: named <= names(told(live_site)), 30, "all figures are told", every_s=0.5)


def test_all_web_processes_count(live_site):
    """Each request has a connection of its own, so the processes share them."""
    labels = {"view": "classifier:privacy", "status": "200"}
    before = value(told(live_site), "digitsite_requests_total", **labels) or 0
    with ThreadPoolExecutor(8) as pool:
        for answer in pool.map(urllib.request.urlopen, [f"{live_site.url}/privacy/"] * 40):
            answer.close()
    told_by = {value(told(live_site), "digitsite_requests_total", **labels) for _ in range(8)}
    assert told_by == {before + 40}  # the sum, asked of whichever process


def test_processes_of_the_site_are_alive(live_site):
    alive = {"inference": 1, "training": 1, "scheduler": 1}
    wait_until(
        lambda: {name: value(told(live_site), "digitsite_processes_alive", process=name) for name in alive} == alive,
        30,
        "all give signs of life",
    )
    found = told(live_site)
    assert value(found, "digitsite_workers", queue="inference") == 1
    assert value(found, "digitsite_workers", queue="training") == 1
    assert all(value(found, "digitsite_part_up", part=part) == 1 for part in ("database", "redis", "disk"))


def test_a_proxy_on_this_machine_may_not_read_them(live_site):
    request = urllib.request.Request(f"{live_site.url}/metrics", headers={"X-Forwarded-For": "127.0.0.1"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    refused.value.close()
    assert refused.value.code == 401
