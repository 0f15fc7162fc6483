"""A small real OpenID provider in a process of its own: authorization code flow with PKCE, RS256, one person.

Everybody who comes is this person at once. Tests change who it is, and what the provider does wrong, by a PUT of JSON
to `/person` and `/faults`. Run as `python -m tests.openid_provider`; prints its address.
"""

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.environment import BASE_DIR

CLIENT = ("digitsite", "client secret")


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class State:
    key, other_key = new_key(), new_key()
    person: dict[str, Any] = {}
    faults: dict[str, Any] = {}
    codes: dict[str, dict[str, str]] = {}
    bearers: set[str] = set()


class Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        self.answer(path, {name: values[0] for name, values in query.items()})

    def do_POST(self) -> None:
        form = parse_qs(self.body().decode())
        self.answer(urlsplit(self.path).path, {name: values[0] for name, values in form.items()})

    def do_PUT(self) -> None:
        setattr(State, self.path.strip("/"), json.loads(self.body()))
        self.send({})

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, path: str, given: dict[str, str]) -> None:
        issuer = f"http://{self.headers['Host']}"
        if path == State.faults.get("down"):
            return self.send({"error": "down"}, 500)
        if path == "/.well-known/openid-configuration":
            ends = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            return self.send(
                {f"{name}_endpoint": f"{issuer}/{end}" for name, end in ends.items()}
                | {"issuer": issuer, "jwks_uri": f"{issuer}/keys"}
            )
        if path == "/authorize":
            code = secrets.token_hex()
            State.codes[code] = given
            back = {"state": given["state"]} | (State.faults.get("answer") or {"code": code})
            return self.send({}, 302, f"{given['redirect_uri']}?{urlencode(back)}")
        if path == "/keys":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(State.key.public_key()))
            return self.send({"keys": [key | {"kid": "1", "use": "sig", "alg": "RS256"}]})
        if path == "/token":
            return self.token(issuer, given)
        if path == "/userinfo" and self.headers["Authorization"].removeprefix("Bearer ") in State.bearers:
            return self.send(State.person | State.faults.get("userinfo", {}))
        return self.send({"error": "invalid_request"}, 400)

    def token(self, issuer: str, given: dict[str, str]) -> None:
        """Checks the code, which works once, the client and the verifier of PKCE."""
        asked = State.codes.pop(given.get("code", ""), {})
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        is_client = (given.get("client_id"), given.get("client_secret")) == CLIENT
        same = ("code_challenge", challenge), ("client_id", CLIENT[0]), ("redirect_uri", given.get("redirect_uri"))
        if not is_client or any(asked.get(name) != value for name, value in same):
            return self.send({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": issuer, "aud": CLIENT[0], "iat": now, "exp": now + 60, "sub": State.person["sub"]}
        claims |= State.faults.get("claims", {})
        algorithm = State.faults.get("algorithm", "RS256")
        keys = {"RS256": State.other_key if State.faults.get("signature") else State.key, "HS256": "k" * 32}
        head = {"kid": State.faults.get("kid", "1")}
        bearer = secrets.token_hex()
        State.bearers.add(bearer)
        self.send(
            {
                "access_token": bearer,
                "token_type": "Bearer",
                "id_token": jwt.encode(claims, keys.get(algorithm), algorithm=algorithm, headers=head),
            }
        )

    def send(self, document: dict[str, Any], status: int = 200, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if location:
            self.send_header("Location", location)
        body = json.dumps(document).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Tests look at the site's answers."""


class Running:
    """The provider as tests see it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def is_for(self, **claims: Any) -> None:
        """Everybody who comes is now the person with these claims, and the provider has no faults."""
        requests.put(f"{self.url}/person", json=claims, timeout=10).raise_for_status()
        self.errs()

    def errs(self, **faults: Any) -> None:
        requests.put(f"{self.url}/faults", json=faults, timeout=10).raise_for_status()

    def leads_back(self, address: str) -> str:
        """Follows the site's redirect to the provider. Returns where the provider leads back to."""
        answer = requests.get(address, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def running() -> Iterator[Running]:
    command = [sys.executable, "-m", "tests.openid_provider"]
    with subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield Running(process.stdout.readline().strip())
        finally:
            process.terminate()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
