"""The forms that promote a version and roll back to the one before."""

from django import forms


class PromoteForm(forms.Form):
    reason = forms.CharField(max_length=500, error_messages={"required": "Say in a few words why."})
    override = forms.BooleanField(required=False)


class RollBackForm(forms.Form):
    """`leaving` is what whoever pressed the button saw in service."""

    leaving = forms.UUIDField()
    reason = forms.CharField(max_length=500, required=False)
