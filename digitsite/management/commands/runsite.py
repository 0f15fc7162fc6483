"""`manage.py runsite`: prepares this installation and runs all of it under one supervisor until Ctrl-C."""

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
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on; 0.0.0.0 for all.")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        data_dir = settings.DATA_DIR
        for name in ("run", "logs"):
            (data_dir / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            supervision.lock(data_dir)
            supervision.check_port(host, port)
            own_redis = None if os.environ.get("REDIS_URL") else settings.REDIS_SOCKET
            site = supervision.programs(host, port, data_dir, own_redis, settings.SCRIPT_NAME)
        except supervision.CannotStart as error:
            raise CommandError(str(error)) from None
        self._prepare()
        _set_environment(host)
        config = supervision.configuration(site, data_dir, supervision.terminal_file())
        supervision.become_supervisor(config, data_dir)

    def _prepare(self) -> None:
        try:
            preparation.migrate()
        except preparation.NotUsable as error:
            raise CommandError(str(error)) from None
        register_bundled()
        preparation.collect_static()
        if made := preparation.create_first_administrator():
            name, password = made
            self.stdout.write(f"An administrator was created: {name}, password {password} (shown only once; change it)")


def _set_environment(host: str) -> None:
    """Sets what the programs inherit: where this site keeps its data, and its host names."""
    os.environ["DATA_DIR"] = str(settings.DATA_DIR)
    os.environ["WARNINGS_TO_STDOUT"] = "1"
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.environ["ALLOWED_HOSTS"] = ",".join(allowed_hosts(host))


def allowed_hosts(host: str) -> list[str]:
    """The host names of this site: those of the settings, and those in the announced URL.

    If the site listens in the network and the operator set no names, the machine's own name and address are added.
    """
    own = {"127.0.0.1", "localhost", f"[{host}]" if ":" in host else host}
    if host not in ("127.0.0.1", "localhost", "::1") and not os.environ.get("ALLOWED_HOSTS"):
        own |= {supervision.network_address(), socket.gethostname()}
    return [*settings.ALLOWED_HOSTS, *sorted(own - {"", "0.0.0.0", "[::]", *settings.ALLOWED_HOSTS})]  # noqa: S104
