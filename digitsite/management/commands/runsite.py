"""`manage.py runsite`: prepare this installation and run all of it under one supervisor until Ctrl-C."""

import os
import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from classifier.digits.registry import register_bundled
from digitsite import preparation, supervision


class Command(BaseCommand):
    help = "Prepare this installation and run the site: Redis, web server, workers and scheduler, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on; 0.0.0.0 is every one.")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        data_dir = settings.DATA_DIR
        for name in ("run", "logs"):
            (data_dir / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            supervision.lock(data_dir)
            supervision.check_port(host, port)
            own_redis = None if os.environ.get("REDIS_URL") else settings.REDIS_SOCKET
            site = supervision.programs(host, port, data_dir, own_redis)
        except supervision.CannotStart as error:
            raise CommandError(str(error)) from None
        self._prepare()
        _set_environment(host)
        config = supervision.configuration(site, data_dir, supervision.terminal_file())
        supervision.become_supervisor(config, data_dir)

    def _prepare(self) -> None:
        preparation.migrate()
        register_bundled()
        preparation.collect_static()
        if made := preparation.create_first_administrator():
            self.stdout.write(f"An administrator was made: {made[0]}, password {made[1]} (told this once; change it)")


def _set_environment(host: str) -> None:
    """What the programs inherit: where this site's things are, and by which names it may be called."""
    os.environ["DATA_DIR"] = str(settings.DATA_DIR)
    os.environ["WARNINGS_TO_STDOUT"] = "1"
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.environ["ALLOWED_HOSTS"] = ",".join(allowed_hosts(host))


def allowed_hosts(host: str) -> list[str]:
    """By which names this site may be called: as set, and as the line that tells its address calls it.

    One that listens in the network, where the operator gave no names, goes by the machine's own too.
    """
    own = {"127.0.0.1", "localhost", f"[{host}]" if ":" in host else host}
    if host not in ("127.0.0.1", "localhost", "::1") and not os.environ.get("ALLOWED_HOSTS"):
        own |= {supervision.network_address(), socket.gethostname()}
    return [*settings.ALLOWED_HOSTS, *sorted(own - {"", "0.0.0.0", "[::]", *settings.ALLOWED_HOSTS})]  # noqa: S104
