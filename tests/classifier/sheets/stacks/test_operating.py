"""What operators and the web server know of stacks."""

import pytest

from classifier.http import sizes
from classifier.sheets.stacks import measurements
from digitsite.web.asked import Kind, asked

from .conftest import png, read_whole, waiting_stack

UPLOADS = [f"{api}/{where}" for api in ("", "/api/v1") for where in ("stacks/", f"sheets/{'0' * 8}-{'a' * 27}/stacks/")]


def figure(name):
    told = {}
    for metric in measurements.read():
        for sample in metric.samples:
            if sample.name == name:
                told |= {label: sample.value for label in sample.labels.values()}
    return told


@pytest.mark.django_db
@pytest.mark.usefixtures("believing")
def test_stacks_and_their_pages_are_told(sheet):
    waiting_stack(sheet, {"a.png": png()})
    read_whole(waiting_stack(sheet, {"a.png": png(), "b.png": png(0)}))
    assert figure("digitsite_stacks") == {"queued": 1, "running": 0, "done": 1, "cancelled": 0, "failed": 0}
    assert figure("digitsite_stack_pages") == {"waiting": 0, "read": 2}
    assert figure("digitsite_jobs_waiting") == {"stack": 1}


@pytest.mark.parametrize("path", UPLOADS)
def test_stacks_may_be_as_large_as_batches(path, settings):
    settings.BATCH_MAX_MB = 300
    assert sizes.max_bytes("POST", path, "multipart/form-data") > 300 * 2**20
    assert sizes.max_bytes("GET", path, "multipart/form-data") < 300 * 2**20
    assert sizes.max_mb(path) == 300
    assert asked(f"POST {path} HTTP/1.1\r\n".encode()).kind is Kind.BULK
    assert sizes.max_mb(path + "x/") == settings.UPLOAD_MAX_MB
