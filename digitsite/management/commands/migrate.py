"""Django's `migrate`, which refuses a database that a newer version has migrated, or that is half restored."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections

from digitsite import preparation


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            preparation.check_usable(connections[options["database"]])
        except preparation.NotUsable as error:
            raise CommandError(str(error)) from None
        super().handle(*args, **options)
