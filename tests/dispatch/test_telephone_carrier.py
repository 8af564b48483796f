"""The second carrier of docs/recipes/add-a-carrier.md, taken out of the page and run."""

import hashlib
import hmac
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.urls import reverse

from dispatch import telephony
from dispatch.models import Case
from dispatch.rules import CaseState
from tests.dispatch.world import fresh, reasons, set_light, sweep

PAGE = Path(django_settings.BASE_DIR) / "docs" / "recipes" / "add-a-carrier.md"
SECRET = "-".join(("of", "the", "carrier"))
pytestmark = pytest.mark.django_db


class Handler(BaseHTTPRequestHandler):
    def _serve(self) -> None:
        carrier = self.server.carrier  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        carrier.asked.append((self.command, urlsplit(self.path).path, body))
        status = carrier.status
        content = b"" if status == 204 else json.dumps(carrier.reply(self.command, body)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - the names of the standard library

    def log_message(self, format, *args):
        """Silent."""


class Carrier:
    """Keeps what it was asked; one call, `id` c1."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self.status = 200
        self.state = "accepted"
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.carrier = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()

    def reply(self, method: str, body: bytes) -> dict:
        call = {"id": "c1", "state": self.state}
        return {**call, "calls": [call]}


@pytest.fixture
def carrier(settings):
    carrier = Carrier()
    settings.CARRIER = {
        "URL": carrier.url,
        "KEY": "key",
        "SECRETS": [SECRET, ""],
        "NUMBER": "+82310000000",
    }
    yield carrier
    carrier.server.shutdown()
    carrier.server.server_close()


@pytest.fixture
def line(carrier):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    module = ModuleType("carrier_line")
    exec(compile(code, str(PAGE), "exec"), module.__dict__)  # noqa: S102 - our own page
    with telephony.use(module.JsonLine()) as line:
        yield line


def post(client, settings, attempt, name, query="", secret=SECRET, **said):
    path = reverse(f"dispatch:{name}", args=[attempt.token]) + query
    body = json.dumps({"id": "c1", **said}).encode()
    signed = settings.PUBLIC_BASE_URL.encode() + path.encode() + body
    signature = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return client.post(
        path, body, content_type="application/json", headers={"X-Carrier-Signature": signature}
    )


def ring(home, now):
    set_light(home, "yellow", now=now)
    sweep(now)
    return Case.objects.get()


@pytest.mark.parametrize(
    ("status", "end", "retry"),
    [
        (400, telephony.NotPlaced, False),
        (429, telephony.NotPlaced, True),
        (404, telephony.NotFound, None),
        (503, telephony.Uncertain, None),
        (204, None, None),
    ],
)
def test_every_end_of_a_request_is_sorted(line, carrier, status, end, retry):
    carrier.status = status
    if end is None:
        line.hangup(sid="c1", ringing=True)
        return
    with pytest.raises(end) as caught:
        line.dial(phone="01033334444", token="t", ring_seconds=30)
    assert "3333" not in str(caught.value)
    if retry is not None:
        assert caught.value.retry is retry


def test_a_carrier_that_cannot_be_reached_is_uncertain(line, carrier, settings):
    settings.CARRIER = {**settings.CARRIER, "URL": "http://127.0.0.1:9"}
    with pytest.raises(telephony.Uncertain):
        line.list(phone="01033334444")


def test_only_the_carrier_and_either_of_two_secrets(line, carrier, client, settings, home, now):
    case = ring(home, now)
    attempt = case.calls.get()
    assert post(client, settings, attempt, "voice", secret="forged").status_code == 403
    settings.CARRIER = {**settings.CARRIER, "SECRETS": ["the new one", SECRET]}
    assert post(client, settings, attempt, "voice").status_code == 200
    settings.CARRIER = {**settings.CARRIER, "SECRETS": []}
    assert post(client, settings, attempt, "voice").status_code == 403


def test_a_whole_call_through_the_other_carrier(line, carrier, client, settings, home, now):
    case = ring(home, now)
    attempt = case.calls.get()
    (method, path, body) = carrier.asked[0]
    sent = json.loads(body)
    assert (method, path, sent["to"], sent["record"]) == (
        "POST",
        "/v1/calls",
        "+821033334444",
        False,
    )
    assert sent["on_answer"].endswith(f"/hooks/voice/{attempt.token}/")
    asked = post(client, settings, attempt, "voice", state="connected").json()
    assert "인공지능" in asked["say"][0]
    assert (asked["rate"], asked["listen"]["speech"]) == ("85%", True)
    told = post(
        client, settings, attempt, "voice_answer", "?round=1", text="도와주세요", confidence=0.8
    ).json()
    assert told["hang_up"]
    post(client, settings, attempt, "voice_status", state="released", number=3)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.outcome, reasons(case)) == ("completed", "help", ["help"])
    assert fresh(case).state == CaseState.WAITING
    assert line.fetch(sid="c1").status == "queued"
