"""One delivery: bounded in time, to the address that was checked, and no further."""

import socket
import ssl
import threading
import time

import pytest

from classifier.sheets.webhooks import delivering
from classifier.sheets.webhooks.delivering import DeliveryFailed, deliver
from classifier.sheets.webhooks.hosts import Target
from tests.classifier.sheets.webhooks.conftest import Receiver, anywhere, receiving
from tests.redis_servers import Certificates


def target(receiver, scheme="http"):
    return Target(scheme, "localhost", receiver.port, "/done?key=1")


def send(receiver, scheme="http"):
    return deliver(target(receiver, scheme), {"webhook-id": "a"}, b'{"a": 1}', anywhere)


def test_message_arrives(receiver):
    assert send(receiver) == 200
    [(path, headers, body)] = receiver.received
    assert (path, body) == ("/done?key=1", b'{"a": 1}')
    assert (headers["webhook-id"], headers["content-type"]) == ("a", "application/json")
    assert headers["host"] == f"localhost:{receiver.port}"


def test_nothing_is_sent_to_a_private_address(receiver):
    with pytest.raises(DeliveryFailed, match="not public"):
        deliver(target(receiver), {}, b"{}")
    assert receiver.received == []


def test_name_is_resolved_once(receiver, monkeypatch):
    """A name server that gives a public address first and a private one then is not asked again."""
    asked = []
    resolve = socket.getaddrinfo

    def count(host, *arguments, **more):
        if host == "localhost":
            asked.append(host)
        return resolve(host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", count)
    send(receiver)
    assert asked == ["localhost"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(receiver, status):
    receiver.statuses, receiver.headers = [status], {"Location": f"http://localhost:{receiver.port}/elsewhere"}
    with pytest.raises(DeliveryFailed, match=f"{status}. Redirects are not followed") as raised:
        send(receiver)
    assert (raised.value.status, len(receiver.received)) == (status, 1)


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_other_answers_are_failures(receiver, status):
    receiver.statuses = [status]
    with pytest.raises(DeliveryFailed, match=f"localhost answered with {status}.") as raised:
        send(receiver)
    assert raised.value.status == status


def test_certificate_is_checked(tmp_path):
    certificates = Certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    with receiving(Receiver(), context) as receiver:
        with pytest.raises(DeliveryFailed, match="The certificate of localhost is not valid"):
            send(receiver, "https")
        assert receiver.received == []


def test_encrypted_message_arrives(tmp_path, monkeypatch):
    certificates = Certificates.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    with receiving(Receiver(), context) as receiver:
        assert send(receiver, "https") == 200
        answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
        with pytest.raises(DeliveryFailed, match=r"certificate of hooks\.example\.org is not valid"):
            deliver(Target("https", "hooks.example.org", receiver.port, "/"), {}, b"", anywhere)


class Raw:
    """A server that answers with these bytes; if there is a pause, one after the other."""

    def __init__(self, answer, pause_s=0.0):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, args=(answer, pause_s))
        self.thread.start()

    def serve(self, answer, pause_s):
        connection, _ = self.socket.accept()
        with connection, self.socket:
            try:
                for byte in answer if pause_s else [answer]:
                    time.sleep(pause_s)
                    connection.sendall(bytes([byte]) if pause_s else answer)
            except OSError:
                pass


def test_answer_that_trickles_is_cut(monkeypatch):
    monkeypatch.setattr(delivering, "TIME_LIMIT_S", 0.3)
    server = Raw(b"HTTP/1.1 200 OK\r\n" * 10, pause_s=0.05)
    with pytest.raises(DeliveryFailed, match="did not answer within"):
        send(server)
    server.thread.join()


def test_silence_is_cut(monkeypatch):
    monkeypatch.setattr(delivering, "TIME_LIMIT_S", 0.2)
    server = Raw(b"x", pause_s=1)
    with pytest.raises(DeliveryFailed, match="did not answer within"):
        send(server)
    server.thread.join()


def test_silence_instead_of_a_handshake_is_cut(monkeypatch):
    monkeypatch.setattr(delivering, "TIME_LIMIT_S", 0.2)
    server = Raw(b"x", pause_s=1)
    with pytest.raises(DeliveryFailed, match="did not answer within"):
        send(server, "https")
    server.thread.join()


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 " + b"2" * 70_000])
def test_what_is_no_web_server_is_a_failure(answer):
    server = Raw(answer)
    with pytest.raises(DeliveryFailed, match="localhost"):
        send(server)
    server.thread.join()


def test_plain_server_is_no_encrypted_one():
    server = Raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(DeliveryFailed, match="No encrypted connection"):
        send(server, "https")
    server.thread.join()


def test_closed_port_and_unknown_host_are_failures():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(DeliveryFailed, match=f"accepts no connections on port {port}"):
        deliver(Target("http", "127.0.0.1", port, "/"), {}, b"", anywhere)
    with pytest.raises(DeliveryFailed, match="There is no host"):
        deliver(Target("http", "hooks.invalid", 80, "/"), {}, b"", anywhere)
