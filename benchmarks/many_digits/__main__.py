"""How long pages take for a person with 100,000 digits and for one with 100, on the same database.

`python -m benchmarks.many_digits [--digits 100000] [--postgresql]` prints medians. The requests run in this process,
so only the site itself is measured.
"""

import argparse
import os
import sys
from contextlib import ExitStack

import django
from django.conf import settings
from django.core.management import call_command

from tests import services


def main() -> None:
    options = _options()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    with ExitStack() as stack:
        if options.postgresql:
            os.environ["TEST_DATABASE"] = "postgresql"
            stack.enter_context(services.postgres_running())
        _prepare()
        from benchmarks.many_digits import pages, people  # they import models, so Django must be set up

        _say("Storing digits …")
        owners = {count: people.make_person(f"person{count}", count) for count in (100, options.digits)}
        people.settle()
        _say("Measuring …")
        print(pages.report(owners, options.rounds))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digits", type=int, default=100_000, help="of the person with many")
    parser.add_argument("--rounds", type=int, default=15, help="requests of each address")
    parser.add_argument("--postgresql", action="store_true", help="on a private server, instead of SQLite")
    return parser.parse_args()


def _prepare() -> None:
    django.setup()
    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("createcachetable", verbosity=0)
    call_command("migrate", verbosity=0)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
