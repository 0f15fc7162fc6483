"""The page of the audit log: who may read it, its filters and pages, and how many statements it takes."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from classifier import audit
from classifier.accounts import closing
from classifier.audit import Act, reading
from classifier.models import FORMER_MEMBER, AuditEntry
from tests.markup import flat
from tests.staff_site import staff_client as staff_with

pytestmark = pytest.mark.postgres
LOG = "/staff/audit/"


@pytest.fixture
def reader(db):
    return staff_with("classifier.view_auditentry")


def rows(text):
    """The texts of the cells by row."""
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [flat(row) for row in body.split("<tr>")[1:]]


def entry(act, by, about=None, days_ago=0.0, detail=""):
    return AuditEntry.objects.create(
        act=act, by=by, about=about, detail=detail, at=timezone.now() - timedelta(days=days_ago)
    )


def test_only_staff_with_the_permission_read_it(reader, owner_client, client, staff, owner):
    entry(Act.CHANGED_RIGHTS, staff, owner)
    assert len(rows(reader.get(LOG).text)) == 1
    assert f'href="{LOG}"' in reader.get("/staff/").text
    clerk = staff_with("classifier.view_digit")
    assert f'href="{LOG}"' not in clerk.get("/staff/").text
    assert [each.get(LOG).status_code for each in (clerk, owner_client, client)] == [403, 404, 302]


def test_filters_choose_by_who_what_about_whom_and_when(reader, staff, owner, stranger):
    other = User.objects.create_superuser("other")
    entry(Act.OPENED_PICTURE, staff, owner, 0.0, "first")
    entry(Act.OPENED_PICTURE, other, stranger, 3.0, "second")
    entry(Act.PROMOTED, staff, None, 3.0, "third")
    entry(Act.REMOVED_OLD, None, None, 10.0, "fourth")
    day = timezone.localdate() - timedelta(days=3)

    def found(**filters):
        text = reader.get(LOG, filters).text
        return [word for word in ("first", "second", "third", "fourth") if f"({word})" in text]

    assert found() == ["first", "second", "third", "fourth"]
    assert found(by="staff") == ["first", "third"]
    assert found(about="stranger") == ["second"]
    assert found(act="opened_picture", by="other") == ["second"]
    assert found(since=day) == ["first", "second", "third"]
    assert found(until=day) == ["second", "third", "fourth"]
    assert found(since=day, until=day, act="promoted") == ["third"]
    assert "Nothing matches" in reader.get(LOG, {"about": "staff"}).text
    closing.close(stranger)
    assert found(about=FORMER_MEMBER) == ["second"]


def test_last_day_is_a_whole_day_of_the_sites_zone(reader, staff, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    with timezone.override("Asia/Tokyo"):
        for detail, moment in (("in", datetime(2026, 5, 2, 23, 59)), ("out", datetime(2026, 5, 3, 0, 1))):
            made = timezone.make_aware(moment, timezone.get_default_timezone())
            AuditEntry.objects.create(act=Act.PROMOTED, by=staff, detail=detail, at=made)
    text = reader.get(LOG, {"since": "2026-05-02", "until": "2026-05-02"}).text
    assert ("(in)" in text, "(out)" in text) == (True, False)


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [({"by": "nobody-here"}, "No account has this name."), ({"since": "yesterday"}, "Enter a day such as 2026-01-31.")],
)
def test_wrong_filters_are_explained(reader, filters, sentence):
    response = reader.get(LOG, filters)
    assert (response.status_code, sentence in response.text) == (400, True)


@pytest.mark.parametrize("query", ["before=x", "before=٣", "before=99999999999999999999", "by=%00", "until=9999-12-31"])
def test_odd_addresses_are_answered(reader, query):
    assert reader.get(f"{LOG}?{query}").status_code in (200, 400)


def test_pages_show_each_entry_once_also_of_the_same_moment(reader, staff, monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 3)
    moment = timezone.now()
    for number in range(8):
        AuditEntry.objects.create(act=Act.PROMOTED, by=staff, at=moment, detail=f"number {number}")
    seen, address = [], f"{LOG}?by=staff"
    while address:
        text = reader.get(address).text
        seen += [row.partition("(")[2].partition(")")[0] for row in rows(text)]
        link = text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
        address = f"{LOG}{link}" if link else ""
    assert seen == [f"number {number}" for number in range(7, -1, -1)]


def test_a_page_takes_as_many_statements_with_many_entries(reader, staff, owner, django_assert_num_queries):
    audit.record(Act.CHANGED_RIGHTS, by=staff, about=owner)
    reader.get(LOG)
    with django_assert_num_queries(6):
        reader.get(f"{LOG}?by=staff")
    for _ in range(60):
        audit.record(Act.CHANGED_RIGHTS, by=staff, about=owner)
    with django_assert_num_queries(6):
        reader.get(f"{LOG}?by=staff")
