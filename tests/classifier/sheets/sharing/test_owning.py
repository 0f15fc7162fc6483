"""Closing an account says that its sheets go too, and does not call decisions in them acts of staff."""

import pytest
from django.utils import timezone

from classifier.sheets.models import Sheet, Stack

pytestmark = pytest.mark.django_db


def test_page_that_closes_an_account_names_the_sheets(owner, owner_client):
    assert (
        "sheet"
        not in owner_client.get("/account/close/").text.partition("This permanently removes")[2].partition("</ul>")[0]
    )
    for name in ("Marks", "Meters"):
        sheet = Sheet.objects.create(owner=owner, name=name)
        Stack.objects.create(sheet=sheet, sent_by=owner, name="7b", size=1, description={}, finished=timezone.now())
    page = owner_client.get("/account/close/").text
    assert "2 sheets with their stacks, also for those with whom you share them" in page
    assert "What you did as staff" not in page
