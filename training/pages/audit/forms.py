"""The filters of the audit log."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone

from classifier.audit.reading import Chosen
from classifier.models import AuditEntry


class PersonField(forms.CharField):
    """A person by name, including the former member; None if nothing is given."""

    def clean(self, value: object) -> User | None:
        name = super().clean(value)
        person = User.objects.filter(username=name).first() if name else None
        if name and person is None:
            raise forms.ValidationError("No account has this name.")
        return person


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AuditForm(forms.Form):
    """Who did what, about whom, and when; each may be left open."""

    by = PersonField(max_length=150, required=False, label="Who")
    act = forms.ChoiceField(choices=[("", "anything"), *AuditEntry.Act.choices], required=False, label="Did what")
    about = PersonField(max_length=150, required=False, label="About whom")
    since = DayField(required=False, label="From", error_messages={"invalid": "Enter a day such as 2026-01-31."})
    until = DayField(required=False, label="To", error_messages={"invalid": "Enter a day such as 2026-01-31."})

    def chosen(self) -> Chosen:
        given = self.cleaned_data
        last = given.get("until")
        return Chosen(
            by=given.get("by"),
            about=given.get("about"),
            act=given.get("act", ""),
            since=_beginning(given.get("since")),
            until=_beginning(last + timedelta(days=1)) if last and last < date.max else None,
        )


def _beginning(day: date | None) -> datetime | None:
    """The first moment of a day in the site's zone."""
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
