"""The forms of the account pages."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.models import User

from classifier.models import ApiToken

TOKEN_LASTS = [("", "never"), ("7", "after a week"), ("30", "after 30 days"), ("365", "after a year")]


class NameForm(forms.Form):
    """The user name."""

    TAKEN = "This name is taken. Choose another one."

    username = forms.CharField(
        label="Name",
        max_length=150,
        help_text="Letters, digits and @ . + - _ are allowed.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "off", "spellcheck": "false"}),
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data, initial={"username": user.get_username()})
        self.user = user

    def clean_username(self) -> str:
        """Accepts the names allowed at sign-up, and the person's own name in another case."""
        name = str(self.cleaned_data["username"])
        if User.objects.exclude(pk=self.user.pk).filter(username__iexact=name).exists():
            raise forms.ValidationError(self.TAKEN)
        get_adapter().clean_username(name, shallow=True)
        return name


class CloseForm(forms.Form):
    """Asks for the password, in case another person uses a signed-in browser."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        self.user = user

    def clean_password(self) -> str:
        """Counts a wrong password like a failed sign-in."""
        password = str(self.cleaned_data["password"])
        if not get_adapter().reauthenticate(self.user, password):
            raise forms.ValidationError("Wrong password. Try again.")
        return password


class TokenForm(forms.Form):
    name = forms.CharField(max_length=60, help_text="The program that uses the token, for example “scanner in room 4”.")
    scope = forms.ChoiceField(choices=list(reversed(ApiToken.Scope.choices)), required=False)
    expires_days = forms.TypedChoiceField(choices=TOKEN_LASTS, coerce=int, empty_value=None, required=False)


class _OfferToRevokeTokens:
    """Asks people who have API tokens whether these end with the password: a stranger may have made one."""

    user: User | None

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # Nobody, if the link is no longer valid.
        self._tokens = ApiToken.objects.owned_by(self.user) if self.user else ApiToken.objects.none()
        if count := self._tokens.count():
            self.fields["revoke_tokens"] = forms.BooleanField(  # type: ignore[attr-defined]
                label=f"Also revoke my {count} token{'' if count == 1 else 's'}",
                help_text="Tokens let programs use the API as you. Otherwise they go on working.",
                required=False,
            )

    def save(self) -> None:
        super().save()  # type: ignore[misc]
        if self.cleaned_data.get("revoke_tokens"):  # type: ignore[attr-defined]
            self._tokens.delete()


class ChangePasswordForm(_OfferToRevokeTokens, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """A new password, for a person who knows the present one."""


class ResetPasswordKeyForm(_OfferToRevokeTokens, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, for a person who has followed a link."""
