"""Imports run in the test's own process."""

import json
from typing import Any

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from classifier.models import Import
from classifier.transfer.importing import importer, jobs


def requested(person: User, data: bytes | dict[str, Any], name: str = "mine") -> Import:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return jobs.request_import(person, SimpleUploadedFile(name, content))


def imported(person: User, data: bytes | dict[str, Any], name: str = "mine") -> Import:
    job = importer.run(requested(person, data, name).public_id)
    assert job is not None
    assert job.is_final
    return job


class Killed(BaseException):
    """Raised where a process is killed."""
