"""The forms that promote a version and roll back to the one before."""

from django import forms


class PromoteForm(forms.Form):
    reason = forms.CharField(max_length=500, error_messages={"required": "Give the reason in a few words."})
    override = forms.BooleanField(required=False)


class RollBackForm(forms.Form):
    """`leaving` is the version that the page showed in service when the button was pressed."""

    leaving = forms.UUIDField()
    reason = forms.CharField(max_length=500, required=False)
