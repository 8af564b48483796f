"""Every request of ours against Twilio's own OpenAPI file: no unknown name, no value out of type.

Twilio ignores a parameter it does not know, so a slip of the pen would be a call without machine
detection. The parts of the file that are needed stand in contracts/, with their licence.
"""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from accounts import twilio_client
from dispatch.telephony import NotPlaced, Uncertain
from dispatch.telephony.twilio_line import LONGEST_S, TwilioLine

CONTRACT = json.loads(
    (Path(__file__).parent / "contracts" / "twilio_calls.json").read_text("utf-8")
)["operations"]
SID = "CA" + "0" * 32
ACCOUNT = "AC" + "1" * 32


class Wire:
    """Stands where `requests` would: keeps each request, answers like the company."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, dict[str, list[str]]]] = []
        self.status = "queued"

    def request(self, method: str, url: str, **kwargs: Any) -> Response:
        parts = urlsplit(url)
        fields: dict[str, list[str]] = {}
        for name, value in parse_qsl(parts.query):
            fields.setdefault(name, []).append(value)
        for source in (kwargs.get("params"), kwargs.get("data")):
            for name, value in (source or {}).items():
                fields[name] = [str(one) for one in value] if isinstance(value, list) else [value]
        self.sent.append((method, parts.path, fields))
        listing = method == "GET" and parts.path.endswith("Calls.json")
        body = {"calls": []} if listing else {"sid": SID, "status": self.status}
        return Response(201 if method == "POST" else 200, json.dumps(body))


@pytest.fixture
def wire(settings, monkeypatch) -> Wire:
    settings.TWILIO = {
        "ACCOUNT_SID": ACCOUNT,
        "AUTH_TOKEN": "token",
        "AUTH_TOKEN_SECONDARY": "",
        "FROM_NUMBER": "+82310000000",
        "API_BASE_URL": "",
    }
    wire = Wire()

    def request(_self: Any, method: str, url: str, **more: Any) -> Response:
        return wire.request(method, url, params=more.get("params"), data=more.get("data"))

    monkeypatch.setattr(TwilioHttpClient, "request", request)
    return wire


def check(method: str, path: str, fields: dict[str, list[str]]) -> None:
    """Raises AssertionError where a request is not one that the OpenAPI file knows."""
    found = [name for name in CONTRACT if _is_at(name, method, path)]
    assert found, f"no such operation: {method} {path}"
    operation = CONTRACT[found[0]]
    known = operation["body"] if method == "POST" else operation["query"]
    assert set(operation["required"]) <= set(fields), "a required field is missing"
    for field, values in fields.items():
        assert field in known, f"unknown field {field}"
        schema = known[field]
        many = schema.get("type") == "array"
        assert many or len(values) == 1, f"{field} is given more than once"
        for value in values:
            _check_value(field, value, schema["items"] if many else schema)


def _is_at(name: str, method: str, path: str) -> bool:
    verb, _, template = name.partition(" ")
    pattern = re.sub(r"\\\{\w+\\\}", "[A-Za-z0-9]+", re.escape(template))
    return verb == method and re.fullmatch(pattern, path) is not None


def _check_value(field: str, value: Any, schema: dict[str, Any]) -> None:
    text = str(value)
    assert "enum" not in schema or text in schema["enum"], f"{field}: {text}"
    if schema.get("type") == "integer":
        assert re.fullmatch(r"\d+", text), f"{field} is no whole number"
    if schema.get("type") == "boolean":
        assert text.lower() in ("true", "false"), f"{field} is no truth value"
    if schema.get("format") == "uri":
        assert urlsplit(text).scheme in ("http", "https"), f"{field} is no absolute address"


ASKED = {
    "dial a resident": lambda line: line.dial(phone="010-3333-4444", token="t", ring_seconds=30),
    "dial staff": lambda line: line.dial(
        phone="01033334444", token="t", ring_seconds=25, hooks="staff"
    ),
    "dial an operator": lambda line: line.dial(
        phone="01033334444", token="t", ring_seconds=25, hooks="bridge"
    ),
    "hang up": lambda line: line.hangup(sid=SID, ringing=False),
    "take back": lambda line: line.hangup(sid=SID, ringing=True),
    "fetch": lambda line: line.fetch(sid=SID),
    "list": lambda line: line.list(phone="01033334444"),
}


@pytest.mark.parametrize("what", ASKED)
def test_every_request_is_one_of_the_openapi_file(wire, what):
    ASKED[what](TwilioLine())
    assert wire.sent
    for method, path, fields in wire.sent:
        check(method, path, fields)


def test_a_text_message_too(wire):
    twilio_client.client().messages.create(
        to="+821033334444", from_="+82310000000", body="안부", status_callback="https://a.kr/x"
    )
    check(*wire.sent[0])


def test_a_call_is_asked_for_as_it_should_be(wire, settings):
    TwilioLine().dial(phone="010-3333-4444", token="opaque", ring_seconds=30)
    (_method, _path, fields) = wire.sent[0]
    assert fields["To"] == ["+821033334444"]
    assert fields["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]
    assert (fields["MachineDetection"], fields["AsyncAmd"]) == (["Enable"], ["true"])
    assert fields["Url"] == [f"{settings.PUBLIC_BASE_URL}/hooks/voice/opaque/"]
    assert fields["TimeLimit"] == [LONGEST_S["voice"]]
    assert not any(name.startswith("Record") for name in fields), "nothing is recorded"


@pytest.mark.parametrize(("ringing", "status"), [(True, "canceled"), (False, "completed")])
def test_a_ringing_call_is_cancelled_and_an_answered_one_completed(wire, ringing, status):
    TwilioLine().hangup(sid=SID, ringing=ringing)
    (_method, _path, fields) = wire.sent[0]
    assert fields == {"Status": [status]}


def test_a_call_answered_in_the_meantime_is_not_taken_for_ended(wire):
    wire.status = "in-progress"
    with pytest.raises(NotPlaced):
        TwilioLine().hangup(sid=SID, ringing=True)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"To": ["+8210"], "From": ["+8231"], "MachineDetecton": ["Enable"]}, "unknown field"),
        ({"From": ["+8231"]}, "missing"),
        ({"To": ["+8210"], "From": ["+8231"], "Timeout": ["soon"]}, "whole number"),
        ({"To": ["+8210"], "From": ["+8231"], "Url": ["/hooks/"]}, "absolute address"),
        ({"To": ["+8210"], "From": ["+8231"], "Method": ["PUT"]}, "Method: PUT"),
        ({"To": ["+8210", "+8211"], "From": ["+8231"]}, "more than once"),
    ],
)
def test_the_check_itself_finds_what_is_wrong(fields, fault):
    with pytest.raises(AssertionError, match=fault):
        check("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json", fields)


@pytest.mark.parametrize("body", ["", "{}", "null", "[]", "<html>502</html>", '{"sid": nu'])
@pytest.mark.parametrize("code", [200, 201])
def test_an_answer_that_nobody_can_read_is_uncertain(wire, monkeypatch, code, body):
    """A proxy cut it off or put its own page in its place: the company may have the call. Taken for
    a receipt it would be a call without an id, and the resident's answer would be thrown away."""
    monkeypatch.setattr(TwilioHttpClient, "request", lambda *a, **k: Response(code, body))
    line = TwilioLine()
    for ask in (
        lambda: line.dial(phone="010-1234-5678", token="t", ring_seconds=20),
        lambda: line.fetch(sid=SID),
        lambda: line.list(phone="010-1234-5678"),
        lambda: line.hangup(sid=SID, ringing=True),
    ):
        with pytest.raises(Uncertain):
            ask()
