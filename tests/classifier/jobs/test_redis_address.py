"""REDIS_URL with a password, TLS and sentinels, for redis-py and Celery alike; no password is told to anybody."""

import os
import subprocess
import sys

import pytest
import redis
from celery import current_app
from kombu import Connection
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

from classifier.jobs import broker
from classifier.jobs.redis_address import parse
from digitsite.doctor import redis as doctor
from tests import services
from tests.conftest import database_url, missing
from tests.environment import BASE_DIR
from tests.redis_servers import ENCODED, PASSWORD, Certificates, redis_on_ports, sentinels_running
from tests.services import ServiceMissing

SENTINELS = "sentinel://:p%3Bw@one:26379,two,[::1]:3/digits/2"
SEND = """
import django, time
django.setup()
from classifier.jobs import queue, workers
while not queue.enqueue("classifier.look_after_disk"):
    time.sleep(0.1)
end = time.monotonic() + 20
while workers.last_scheduled() is None and time.monotonic() < end:
    time.sleep(0.05)
print(workers.last_scheduled(), [each["queue"] for each in workers.workers_alive()])
"""


def said() -> str:
    """What the doctor says of Redis."""
    return "\n".join(f"{each.state}: {each.sentence} → {each.remedy}" for each in doctor.check())


def sending() -> Connection:
    """Celery's connection to the Redis of the settings."""
    found = broker.address().celery_settings()
    ssl, options = found["CELERY_BROKER_USE_SSL"], found["CELERY_BROKER_TRANSPORT_OPTIONS"]
    return current_app.connection_for_write(found["CELERY_BROKER_URL"], ssl=ssl, transport_options=options)


@pytest.mark.parametrize(
    ("url", "broker_url"),
    [
        ("redis://redis:6379/3", "redis://redis:6379/3"),
        ("redis://redis", "redis://redis/0"),
        ("redis://redis?db=4", "redis://redis/4"),
        ("redis://me:p%3Bw;@[::1]:6379/0", "redis://me:p%3Bw%3B@[::1]:6379/0"),
        ("rediss://:pw@redis:6380/0?ssl_cert_reqs=none", "rediss://:pw@redis:6380/0"),
        ("unix:///run/redis.sock?db=5", "redis+socket:///run/redis.sock?virtual_host=5"),
        (
            SENTINELS,
            "sentinel://:p%3Bw@one:26379/2;sentinel://:p%3Bw@two:26379/2;sentinel://:p%3Bw@[::1]:3/2",
        ),
    ],
)
def test_celery_gets_the_same_in_its_notation(url, broker_url):
    assert parse(url).broker_url() == broker_url


def test_redis_by_tls_is_checked_unless_the_address_says_otherwise(tmp_path):
    (tmp_path / "ca.pem").touch()
    ca = str(tmp_path / "ca.pem")
    assert parse("redis://redis/0", ca).celery_settings()["CELERY_BROKER_USE_SSL"] is None
    given = {"ssl_cert_reqs": "required", "ssl_ca_certs": ca}
    assert parse("rediss://redis/0", ca).celery_settings()["CELERY_BROKER_USE_SSL"] == given
    assert parse("rediss://redis/0?ssl_cert_reqs=none", ca).tls == given | {"ssl_cert_reqs": "none"}
    sentinels = parse("sentinels://redis/digits", ca, "of them")
    options = sentinels.celery_settings()["CELERY_BROKER_TRANSPORT_OPTIONS"]["sentinel_kwargs"]
    assert options | given | {"ssl": True, "password": "of them"} == options


def test_sentinels_are_asked_once_each_within_the_time():
    options = parse(SENTINELS).broker_options(within_s=0.75)
    assert options["master_name"] == "digits"
    assert options["sentinel_kwargs"] == {"socket_timeout": 0.25, "socket_connect_timeout": 0.25, "retry": None}


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "http://redis:6379/0",
        "redis:///0",
        "redis://redis:6379/zero",
        "redis://:secret/1@redis:6379/0",
        "redis://:secret#1@redis:6379/0",
        "sentinel://:secret@one:26379",
        "sentinel://:secret@one:26379,,two/digits",
        "sentinel://:secret@one:26379/digits/x",
    ],
)
def test_invalid_address_is_refused_with_a_sentence_and_without_its_password(url):
    with pytest.raises(ValueError, match="REDIS_URL must be like redis://") as refused:
        parse(url)
    assert "secret" not in f"{refused.value!r}{refused.value.__cause__!r}"


def test_missing_file_of_certificates_is_named(tmp_path):
    with pytest.raises(ValueError, match="REDIS_CA_FILE: there is no file"):
        parse("rediss://redis/0", str(tmp_path / "ca.pem"))


def test_password_is_not_part_of_what_is_printed():
    assert "pw" not in repr(parse("redis://:pw@redis:6379/0", sentinel_password="pw"))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A Redis with a password, that also speaks TLS, and its certificates."""
    folder = tmp_path_factory.mktemp("redis")
    certificates = Certificates.make(folder)
    try:
        with redis_on_ports(folder, PASSWORD, certificates) as server:
            yield server, certificates
    except ServiceMissing as error:
        missing(error)


def test_worker_by_tls_does_what_a_client_with_a_password_sends(guarded, transactional_db, model_version, tmp_path):
    """Both ways through Celery and through redis-py: the task goes by one, its outcome comes back by the other."""
    server, certificates = guarded
    by_tls = {"REDIS_URL": f"rediss://:{ENCODED}@localhost:{server.tls_port}/0"}
    by_tls |= {"REDIS_CA_FILE": str(certificates.authority), "DATABASE_URL": database_url()}
    log = tmp_path / "worker.log"
    with services.worker_running(log, LOG_LEVEL="DEBUG", **by_tls):
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "digitsite.settings", "DATABASE_URL": database_url()}
        environment |= {"REDIS_URL": f"redis://:{ENCODED}@127.0.0.1:{server.port}/0"}
        done = subprocess.run(
            [sys.executable, "-c", SEND], cwd=BASE_DIR, env=environment, capture_output=True, text=True
        )
    assert "['inference']" in done.stdout, done.stderr + log.read_text()
    assert "None" not in done.stdout
    for text in (log.read_text(), done.stderr):
        assert PASSWORD not in text
        assert ENCODED not in text


def test_server_that_the_authority_has_not_signed_is_not_talked_to(guarded, settings, tmp_path):
    server, _ = guarded
    other = Certificates.make(tmp_path).authority
    settings.REDIS_URL, settings.REDIS_CA_FILE = f"rediss://:{ENCODED}@localhost:{server.tls_port}/0", str(other)
    text = said()
    assert "CERTIFICATE_VERIFY_FAILED" in text
    assert "REDIS_CA_FILE" in text
    assert ENCODED not in text
    with sending() as connection, pytest.raises(OperationalError, match="CERTIFICATE_VERIFY_FAILED"):
        connection.ensure_connection(max_retries=1, errback=lambda *_: None)


def test_doctor_finds_no_fault_with_password_and_tls(guarded, settings):
    server, certificates = guarded
    settings.REDIS_URL = f"rediss://:{ENCODED}@localhost:{server.tls_port}/0"
    settings.REDIS_CA_FILE = str(certificates.authority)
    assert said().startswith("ok: Redis ")


def test_sentinels_lead_to_the_master_and_the_doctor_names_their_faults(settings, tmp_path):
    for name in ("master", "replica"):
        (tmp_path / name).mkdir()
    with (
        redis_on_ports(tmp_path / "master", PASSWORD) as master,
        redis_on_ports(tmp_path / "replica", PASSWORD, replica_of=master.port),
        sentinels_running(tmp_path, "digits", master.port, PASSWORD) as ports,
    ):
        hosts = ",".join(f"127.0.0.1:{port}" for port in [1, *ports])
        settings.REDIS_SENTINEL_PASSWORD = "of-sentinels"
        settings.REDIS_URL = f"sentinel://:{ENCODED}@{hosts}/digits/1"
        broker.connection.cache_clear()
        try:
            broker.connection().pipeline().set("answered", "here").execute()
            assert broker.connection().info("replication")["role"] == "master"
        finally:
            broker.connection.cache_clear()
        text = said()
        assert "wrong: The sentinel at 127.0.0.1:1 does not answer" in text
        assert "\nok: Redis " in text
        settings.REDIS_URL = f"sentinel://:{ENCODED}@{hosts}/letters"
        text = said()
        assert f"The sentinel at 127.0.0.1:{ports[0]} knows no master named letters (but digits)." in text
        assert ENCODED not in text


def test_sentinels_and_servers_by_tls(settings, tmp_path):
    certificates = Certificates.make(tmp_path)
    for name in ("master", "replica"):
        (tmp_path / name).mkdir()
    try:
        with (
            redis_on_ports(tmp_path / "master", PASSWORD, certificates) as master,
            redis_on_ports(tmp_path / "replica", PASSWORD, certificates, replica_of=master.tls_port),
            sentinels_running(tmp_path, "digits", master.tls_port, PASSWORD, certificates) as ports,
        ):
            hosts = ",".join(f"localhost:{port}" for port in ports)
            settings.REDIS_URL = f"sentinels://:{ENCODED}@{hosts}/digits"
            settings.REDIS_SENTINEL_PASSWORD, settings.REDIS_CA_FILE = "of-sentinels", str(certificates.authority)
            assert said().startswith("ok: Redis ")
            with sending() as connection:
                connection.SimpleQueue("by-tls").put("sent")
            with broker.client(redis.Redis, 5, Retry(NoBackoff(), 0)) as client:
                assert client.llen("by-tls") == 1
    except ServiceMissing as error:
        missing(error)
