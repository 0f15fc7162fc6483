"""Creates an API token for a user and prints its key, which is shown only once."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from classifier.accounts.tokens import Scope, create_token

MOST_DAYS = 36_500  # a century; dates end in the year 9999


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
        raise ArgumentTypeError(f"a whole number of days, 1 to {MOST_DAYS}")
    return int(text)


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="made on the command line", help="what uses it")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.WRITE.value, help="what it may do")
        parser.add_argument("--expires-days", type=_days, help="days until it expires; without it, it does not expire")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(username=options["username"]).first()
        if owner is None:
            raise CommandError(f"There is no user named {options['username']}.")
        scope, days = Scope(options["scope"]), options["expires_days"]
        self.stdout.write(create_token(owner, options["name"], scope=scope, expires_days=days)[1])
