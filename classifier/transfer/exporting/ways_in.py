"""A person's second factors and connected accounts in an export, without anything that lets somebody in."""

from django.apps import apps
from django.contrib.auth.models import User

from classifier.transfer.export_format import Record

from .records import timestamp


def ways_in(owner: User) -> Record:
    """The part of the document about them; empty if the person has none, or they are switched off."""
    record: Record = {}
    if apps.is_installed("allauth.mfa"):
        from allauth.mfa.models import Authenticator  # loaded only where second factors are switched on

        record["second_factors"] = [
            {
                "type": each.type,
                "name": each.data.get("name", ""),
                "created": timestamp(each.created_at),
                "last_used": timestamp(each.last_used_at) if each.last_used_at else None,
            }
            for each in Authenticator.objects.filter(user=owner).order_by("pk")
        ]
    if apps.is_installed("allauth.socialaccount"):
        from allauth.socialaccount.models import SocialAccount  # loaded only where OpenID is switched on

        record["accounts"] = [
            {
                "provider": each.provider,
                "id": each.uid,
                "claims": each.extra_data.get("userinfo", {}),
                "created": timestamp(each.date_joined),
                "last_used": timestamp(each.last_login),
            }
            for each in SocialAccount.objects.filter(user=owner).order_by("pk")
        ]
    return {"ways_in": record} if any(record.values()) else {}
