"""Removes a person's second factors and recovery codes, so that the password alone lets them in again."""

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        if not apps.is_installed("allauth.mfa"):
            raise CommandError("Second factors are switched off (SECOND_FACTORS); the password alone lets people in.")
        from allauth.mfa.models import Authenticator  # loaded only where second factors are switched on

        person = User.objects.filter(username=options["username"]).first()
        if person is None:
            raise CommandError(f"There is no user named {options['username']}.")
        removed, _ = Authenticator.objects.filter(user=person).exclude(type="recovery_codes").delete()
        Authenticator.objects.filter(user=person).delete()
        self.stdout.write(f"Removed {removed} second factor{'' if removed == 1 else 's'} of {person.username}.")
