"""A mail server that is away or refuses, and proxies that do not fit the settings, are named."""

import json
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from digitsite.doctor import mail, proxy


@contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Mail(socketserver.StreamRequestHandler):
    """A mail server that knows nobody."""

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            answers = {b"EHLO": b"250-here\r\n250 AUTH PLAIN\r\n", b"AUTH": b"535 no\r\n", b"QUIT": b"221 bye\r\n"}
            self.wfile.write(answers.get(line[:4].upper(), b"250 ok\r\n"))


@pytest.fixture
def smtp(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_HOST_USER = "127.0.0.1", 1, ""
    settings.DEFAULT_FROM_EMAIL = "digits <digits@school.example>"
    return settings


def test_site_without_mail_says_whom_to_ask(settings, said):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "note: The site sends no mail. Its pages cannot say whom to ask either. → Set EMAIL_URL" in said(mail.check)
    settings.CONTACT = "Ms Berg"
    assert "note: The site sends no mail. Its pages name whom to ask." in said(mail.check)


def test_mail_server_that_is_away(smtp, said):
    assert "wrong: The mail server 127.0.0.1:1 does not answer: " in said(mail.check)


def test_mail_server_that_answers(smtp, said):
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)) as port:
        smtp.EMAIL_PORT = port
        assert said(mail.check) == f"ok: The mail server 127.0.0.1:{port} answers. → "


def test_mail_server_that_refuses_the_password(smtp, said):
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)) as port:
        smtp.EMAIL_PORT, smtp.EMAIL_HOST_USER, smtp.EMAIL_HOST_PASSWORD = port, "site", "hunter2"
        text = said(mail.check)
    assert f"wrong: The mail server 127.0.0.1:{port} refuses the name or the password." in text
    assert "hunter2" not in text


def test_sender_that_no_server_accepts(smtp, said):
    smtp.DEFAULT_FROM_EMAIL = "digitsite <noreply@localhost>"
    assert "wrong: Mail is sent from digitsite <noreply@localhost>, which other servers refuse." in said(mail.check)


def answering(seen):
    """A site that sees this of each request."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(seen).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Request-ID", self.headers["X-Request-ID"])
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return serving(ThreadingHTTPServer(("127.0.0.1", 0), Site))


@pytest.mark.parametrize(
    ("trusted", "proxies", "sentence"),
    [
        (1, 1, "ok: A request to {} arrives as it should (http, 1 proxy)."),
        (0, 1, "arrives through 1 proxy (by X-Forwarded-For), but TRUSTED_PROXIES is 0, so all people count as one"),
        (2, 1, "TRUSTED_PROXIES is 2, so anybody can pretend to have another address. → Set TRUSTED_PROXIES=1"),
    ],
)
def test_number_of_proxies_is_compared(settings, said, trusted, proxies, sentence):
    with answering({"request": {"scheme": "http", "proxies": proxies}}) as port:
        settings.TRUSTED_PROXIES, settings.SITE_URL = trusted, f"http://127.0.0.1:{port}"
        assert sentence.format(settings.SITE_URL) in said(proxy.check)


def test_scheme_is_compared(settings, said):
    with answering({"request": {"scheme": "https", "proxies": 0}}) as port:
        settings.SITE_URL = f"http://127.0.0.1:{port}"
        assert "arrives as https, so forms are refused" in said(proxy.check)


def test_another_program_at_the_address(settings, said):
    with answering({"status": "nginx"}) as port:
        settings.SITE_URL = f"http://127.0.0.1:{port}"
        assert "/readyz answers with status 200, but not as this site does." in said(proxy.check)


def test_address_that_contradicts_the_settings(settings, said):
    settings.SITE_URL = "https://digits.invalid/school"
    text = said(proxy.check)
    assert "wrong: SITE_URL begins with https:, but HTTPS is false. → Set HTTPS=true" in text
    assert "wrong: ALLOWED_HOSTS does not have digits.invalid, the host of SITE_URL" in text
    assert "wrong: SITE_URL has the path /school, but SCRIPT_NAME is empty." in text
    assert "wrong: This machine cannot reach https://digits.invalid/school" in text


def test_without_an_address_nothing_is_tried(settings, said):
    assert said(proxy.check).startswith("note: No request was tried")
    settings.TRUSTED_PROXIES = 1
    assert "note: What the proxy sends was not checked, because SITE_URL is not set." in said(proxy.check)
