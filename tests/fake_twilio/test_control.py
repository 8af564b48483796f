"""The control API and the command: who may reach them, and a person who answers by hand."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from twilio.rest import Client

from dispatch.fake_twilio.bench import NUMBER, Bench
from dispatch.fake_twilio.server import Server

from .conftest import Portal
from .test_calls import ASK, THANKS

JSON = {"Content-Type": "application/json"}


def ask(
    bench: Bench, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(bench.url).netloc, timeout=30)
    content = None if body is None else json.dumps(body)
    connection.request(method, path, content, JSON if headers is None else headers)
    response = connection.getresponse()
    data = response.read()
    connection.close()
    try:
        return response.status, json.loads(data)
    except ValueError:
        return response.status, data.decode(errors="replace")


def test_a_person_at_the_page_answers_and_presses(
    bench: Bench, portal: Portal, client: Client
) -> None:
    portal.twiml = {"/voice": ASK, "/answer": THANKS}
    phones = [{"number": "+821000000001", "label": "김모의", "person": {"answer": "never"}}]
    assert ask(bench, "PUT", "/_control/phones", {"phones": phones}) == (200, {"phones": 1})
    call = client.calls.create(
        to="+821000000001", from_=NUMBER, url=f"{portal.url}/voice", timeout=600
    )
    company = bench.company
    object.__setattr__(company.pace, "patience", 30.0)
    assert company.wait_for_ringing("+821000000001") is not None
    state = ask(bench, "GET", "/_control/state")[1]
    assert (state["live"][0]["label"], state["live"][0]["status"]) == ("김모의", "ringing")
    path = f"/_control/calls/{call.sid}"
    assert ask(bench, "POST", path, {"do": "press", "value": "1"})[0] == 409
    assert ask(bench, "POST", path, {"do": "answer"})[0] == 200
    end = time.monotonic() + 30
    while not company.call(call.sid or "").listening and time.monotonic() < end:
        time.sleep(0.01)
    assert ask(bench, "POST", path, {"do": "press", "value": "1"})[0] == 200
    bench.settle()
    assert portal.at("/answer")[0].params["Digits"] == "1"
    assert ask(bench, "POST", path, {"do": "hangup"})[0] == 409


def test_the_page_is_korean_and_closed_to_strangers(bench: Bench) -> None:
    status, page = ask(bench, "GET", "/")
    assert status == 200
    assert "시연용 모의 자료" in page
    assert "style=" not in page
    assert "onclick" not in page
    for path in ("/page.js", "/page.css"):
        assert ask(bench, "GET", path)[0] == 200
    assert ask(bench, "GET", "/page.py")[0] == 404
    assert ask(bench, "GET", "/fonts/../server.py")[0] == 404


def test_no_other_site_reaches_the_controls(bench: Bench) -> None:
    body = {"phones": []}
    plain = {"Content-Type": "text/plain"}
    assert ask(bench, "PUT", "/_control/phones", body, plain)[0] == 415
    rebound = JSON | {"Host": "evil.example"}
    assert ask(bench, "GET", "/_control/state", None, rebound)[0] == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/_control/phones", {"phones": [{"number": "0100"}]}),
        ("PUT", "/_control/phones", {"phones": "all"}),
        ("PUT", "/_control/phones", {"phones": [{"number": "+821000000001", "person": 1}]}),
        ("PUT", "/_control/faults", {"create": ["418"]}),
        ("POST", "/_control/calls/CA" + "0" * 32, {"do": "sing"}),
        ("PUT", "/_control/phones", []),
    ],
)
def test_bad_control_requests_say_what_is_wrong(
    bench: Bench, method: str, path: str, body: Any
) -> None:
    status, error = ask(bench, method, path, body)
    assert status in (400, 404)
    assert error["message"]


def test_the_next_requests_can_be_refused(bench: Bench) -> None:
    assert ask(bench, "PUT", "/_control/faults", {"create": ["429"]})[0] == 200
    assert bench.company.next_create_fault("+821000000001") == "429"
    assert bench.company.next_create_fault("+821000000001") is None


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org"])
def test_the_company_listens_on_this_machine_only(bench: Bench, host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        Server(bench.company, host)


def command(*words: str, **variables: str) -> "subprocess.Popen[str]":
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "fake_twilio", *words],
        env=environment | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_serves_without_a_database_and_ends_on_sigterm() -> None:
    account = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "t"}
    with command("--port", "0", **account) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert line.startswith("fake telephone company on http://127.0.0.1:")
        assert process.wait(60) == 0


@pytest.mark.parametrize(
    ("words", "variables", "says"),
    [
        (["--port", "0"], {"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": ""}, "must be set"),
        (["--port", "70000"], {}, "--port"),
        (
            ["--port", "0", "--host", "0.0.0.0"],
            {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t"},
            "loopback",
        ),
    ],
)
def test_the_command_refuses_to_start_wrongly(
    words: list[str], variables: dict[str, str], says: str
) -> None:
    with command(*words, **variables) as process:
        _, error = process.communicate(timeout=30)
        assert process.returncode == 2
        assert says in error
