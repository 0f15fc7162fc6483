"""The forms of the pages of people and invitations."""

from typing import Any

from django import forms
from django.contrib.auth.models import User

from classifier.accounts import mail
from classifier.accounts.invitations import PEOPLE_AT_MOST
from classifier.accounts.people.acts import Kind, Wanted, groups_to_give
from classifier.accounts.people.listing import Show
from classifier.accounts.rights import GRANT, MANAGE, OFFERED, SEE

LASTS = [("1", "after a day"), ("7", "after a week"), ("30", "after 30 days"), ("", "never")]


class FindForm(forms.Form):
    """Which people to list. An unknown choice shows everybody."""

    q = forms.CharField(label="Name or e-mail", required=False, max_length=150, strip=True)
    show = forms.ChoiceField(label="Show", choices=Show.choices, required=False)


class InvitationForm(forms.Form):
    note = forms.CharField(label="For whom", required=False, max_length=60, help_text="For example “class 7b”.")
    uses = forms.IntegerField(
        label="Number of people",
        initial=1,
        min_value=1,
        max_value=PEOPLE_AT_MOST,
        help_text="How many may sign up with the link.",
    )
    expires_days = forms.TypedChoiceField(
        label="Expires", choices=LASTS, initial="7", coerce=int, empty_value=None, required=False
    )
    email = forms.EmailField(
        label="Send it to",
        required=False,
        help_text="An e-mail address, if the site should send the link. You see the link in any case.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        if not mail.is_sent():
            del self.fields["email"]


class RightsForm(forms.Form):
    """What a person may do, as far as `by` can give it."""

    kind = forms.ChoiceField(label="Role", widget=forms.RadioSelect)
    permissions = forms.MultipleChoiceField(label="Rights", required=False, widget=forms.CheckboxSelectMultiple)
    groups = forms.TypedMultipleChoiceField(
        label="Groups", required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, person: User, by: User, data: Any = None) -> None:
        own, groups = by.get_all_permissions(), groups_to_give(by)
        held = {f"{app}.{name}" for app, name in _held(person)}
        super().__init__(
            data,
            initial={
                "kind": Kind.of(person),
                "permissions": [name for name in OFFERED if name in held],
                "groups": [group.pk for group in person.groups.all()],
            },
        )
        kinds = [kind for kind in Kind if by.is_superuser or kind != Kind.ADMINISTRATOR]
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]
        offered = [(name, words) for name, words in OFFERED.items() if name in own]
        self.fields["permissions"].choices = offered  # type: ignore[attr-defined]
        self.fields["groups"].choices = [(group.pk, group.name) for group in groups]  # type: ignore[attr-defined]
        if not groups:
            del self.fields["groups"]

    def wanted(self) -> Wanted:
        """The rights that were chosen. Acting on people includes seeing them."""
        permissions = set(self.cleaned_data["permissions"])
        if permissions & {MANAGE, GRANT}:
            permissions.add(SEE)
        groups = frozenset(self.cleaned_data.get("groups", ()))
        return Wanted(Kind(self.cleaned_data["kind"]), frozenset(permissions), groups)


def _held(person: User) -> Any:
    """The permissions that a person has themselves, not through a group: pairs of app and name."""
    return person.user_permissions.values_list("content_type__app_label", "codename")
