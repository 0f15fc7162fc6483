"""What a person learns of the log: all that is about them in their export, which an import leaves aside."""

import json

import jsonschema
import pytest

from classifier import audit
from classifier.accounts import closing
from classifier.audit import Act
from classifier.models import AuditEntry, Drawing, Import
from tests.exports import EXPORT_SCHEMA
from tests.factories import drawn_digit
from tests.importing import imported

pytestmark = pytest.mark.django_db


@pytest.fixture
def digit(owner, model_version):
    return drawn_digit(owner)


def exported(client, query=""):
    return json.loads(b"".join(client.get(f"/export/digits.json{query}").streaming_content))


def test_export_has_what_staff_did_with_a_persons_things(owner_client, staff, owner, stranger, digit):
    audit.record(Act.OPENED_PICTURE, by=staff, about=owner, on=digit)
    audit.record(Act.REMOVED_OLD, by=None, about=owner, detail="3 originals")
    audit.record(Act.OPENED_PICTURE, by=owner, about=stranger, on=digit)  # not about the owner
    document = exported(owner_client)
    jsonschema.validate(document, EXPORT_SCHEMA)
    assert [(each["act"], each["by"], each["id"], each["detail"]) for each in document["staff_acts"]] == [
        ("opened_picture", "staff", str(digit.public_id), ""),
        ("removed_old", None, None, "3 originals"),
    ]
    assert "staff_acts" not in exported(owner_client, "?digit=7")


def test_import_leaves_the_acts_of_the_other_sites_staff_aside(staff, owner, stranger, owner_client, digit):
    for _ in range(3):
        audit.record(Act.OPENED_PICTURE, by=staff, about=owner, on=digit)
    content = json.dumps(exported(owner_client)).encode()
    taken = imported(stranger, content)
    assert (taken.status, taken.brought) == (Import.Status.DONE, 1)
    assert Drawing.objects.owned_by(stranger).count() == 1
    assert not AuditEntry.objects.owned_by(stranger).exists()


def test_page_on_privacy_shows_what_others_did(owner_client, staff, owner, digit):
    audit.record(Act.CHANGED_RIGHTS, by=staff, about=owner, detail="Groups")
    audit.record(Act.READ_AGAIN, by=owner, about=owner)  # the owner's own act
    text = owner_client.get("/privacy/").text
    assert "changed rights (Groups)" in text
    assert "had digits read again" not in text
    closing.close(owner)
    assert AuditEntry.objects.count() == 2
