"""A company on a free port, the official client, and a portal that writes down what it hears."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from accounts.twilio_client import MovedHttpClient
from dispatch.fake_twilio.bench import ACCOUNT_SID, TOKEN, Bench

NOW = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)


@dataclass
class Heard:
    path: str
    params: dict[str, str]
    signed: bool


@dataclass
class Portal:
    """Answers every request with the TwiML of its path and remembers it."""

    twiml: dict[str, str] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    content_type: str = "text/xml"
    heard: list[Heard] = field(default_factory=list)
    url: str = ""

    def at(self, path: str) -> list[Heard]:
        return [one for one in self.heard if one.path == path]

    def statuses(self) -> list[str]:
        return [one.params["CallStatus"] for one in self.at("/status")]


class PortalHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        portal: Portal = self.server.portal  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        params = dict(parse_qsl(body, keep_blank_values=True))
        signature = self.headers.get("X-Twilio-Signature", "")
        signed = RequestValidator(TOKEN).validate(portal.url + self.path, params, signature)
        portal.heard.append(Heard(self.path, params, signed))
        content = portal.twiml.get(self.path, "").encode()
        self.send_response(portal.status.get(self.path, 200))
        self.send_header("Content-Type", portal.content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def portal() -> Iterator[Portal]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), PortalHandler)
    server.daemon_threads = True
    server.portal = portal = Portal()  # type: ignore[attr-defined]
    portal.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    yield portal
    server.shutdown()
    server.server_close()


@pytest.fixture
def bench(portal: Portal) -> Iterator[Bench]:
    with Bench(now=lambda: NOW, sms_url=f"{portal.url}/inbound") as bench:
        yield bench


@pytest.fixture
def client(bench: Bench) -> Iterator[Client]:
    http: TwilioHttpClient = MovedHttpClient(base_url=bench.url, timeout=30)
    yield Client(ACCOUNT_SID, TOKEN, http_client=http)
    http.session.close()  # type: ignore[union-attr]
