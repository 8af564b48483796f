"""The company's REST API through the official client: strict, and shaped like Twilio's."""

import http.client
import json
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from dispatch.fake_twilio.bench import ACCOUNT_SID, NUMBER, TOKEN, Bench

from .conftest import NOW

HANGUP = "<Response><Hangup/></Response>"
CALLS = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json"
GOOD = {"To": "+821000000001", "From": NUMBER, "Twiml": HANGUP}


def raw(
    bench: Bench,
    method: str,
    path: str,
    fields: list[tuple[str, str]] | dict[str, str],
    *,
    token: str = TOKEN,
    content_type: str = "application/x-www-form-urlencoded",
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(urlsplit(bench.url).netloc, timeout=30)
    secret = b64encode(f"{ACCOUNT_SID}:{token}".encode()).decode()
    headers = {"Authorization": f"Basic {secret}", "Content-Type": content_type}
    connection.request(method, path, urlencode(fields), headers)
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    return response.status, body


def test_a_call_is_created_fetched_and_listed(bench: Bench, client: Client) -> None:
    bench.phone("010-0000-0001").expects_call()
    call = client.calls.create(to="+821000000001", from_=NUMBER, twiml=HANGUP)
    assert (call.status, call.direction, call.to) == ("queued", "outbound-api", "+821000000001")
    bench.check()
    fetched = client.calls(call.sid or "").fetch()
    assert (fetched.status, fetched.date_created) == ("completed", NOW)
    assert [one.sid for one in client.calls.list(to="+821000000001")] == [call.sid]
    assert client.calls.list(to="+821000000002") == []


def test_lists_filter_by_status_and_start_and_page(bench: Bench, client: Client) -> None:
    phone = bench.phone("010-0000-0001")
    for _ in range(3):
        phone.expects_call()
        client.calls.create(to=phone.number, from_=NUMBER, twiml=HANGUP)
        bench.settle()
    phone.expects_call().is_busy()
    client.calls.create(to=phone.number, from_=NUMBER, twiml=HANGUP)
    bench.check()
    assert len(client.calls.list(status="busy")) == 1
    assert len(client.calls.list(page_size=2)) == 4
    before = NOW - timedelta(minutes=1)
    assert len(client.calls.list(start_time_after=before)) == 4
    assert client.calls.list(start_time_before=before) == []
    assert len(raw(bench, "GET", f"{CALLS}?StartTime={NOW:%Y-%m-%d}", {})[1]["calls"]) == 4
    assert raw(bench, "GET", f"{CALLS}?StartTime=2026-06-30", {})[1]["calls"] == []
    assert raw(bench, "GET", f"{CALLS}?StartTime=tomorrow", {})[0] == 400


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": "010-0000-0001"}, 21211),
        ({"To": ""}, 21201),
        ({"To": "+12025550100"}, 21215),
        ({"From": "+82311111111"}, 21210),
        ({"Url": "http://127.0.0.1/x"}, 21205),
        ({"Twiml": "", "Url": "ftp://127.0.0.1/x"}, 21217),
        ({"StatusCallback": "/status"}, 21609),
        ({"StatusCallback": "http://127.0.0.1/s", "StatusCallbackEvent": "anwsered"}, 21626),
        ({"StatusCallbackEvent": "answered"}, 20001),
        ({"Timeout": "601"}, 21216),
        ({"MachineDetection": "true"}, 20001),
        ({"AsyncAmd": "true"}, 20001),
        ({"MachineDetectionn": "Enable"}, 20001),
        ({"IfMachine": "Hangup"}, 20001),
    ],
)
def test_whatever_is_not_in_the_table_is_refused(
    bench: Bench, changes: dict[str, str], code: int
) -> None:
    status, error = raw(bench, "POST", CALLS, GOOD | changes)
    assert (status, error["status"], error["code"]) == (400, 400, code)
    assert error["more_info"].endswith(str(code))
    bench.check()


def test_an_error_never_repeats_the_number(bench: Bench) -> None:
    _, error = raw(bench, "POST", CALLS, GOOD | {"To": "+8210-0000-0001"})
    assert "0000" not in error["message"]


def test_a_field_given_twice_is_refused_unless_it_may_repeat(bench: Bench) -> None:
    twice = [*GOOD.items(), ("To", "+821000000002")]
    assert raw(bench, "POST", CALLS, twice)[0] == 400
    bench.phone("010-0000-0001").expects_call()
    events = [("StatusCallbackEvent", "ringing"), ("StatusCallbackEvent", "completed")]
    fields = [*GOOD.items(), ("StatusCallback", f"{bench.url}/nowhere"), *events]
    assert raw(bench, "POST", CALLS, fields)[0] == 201
    bench.settle()


def test_a_wrong_token_is_401_and_a_strange_account_404(bench: Bench) -> None:
    assert raw(bench, "POST", CALLS, GOOD, token="wrong")[1]["code"] == 20003
    other = CALLS.replace(ACCOUNT_SID, "AC" + "f" * 32)
    assert raw(bench, "POST", other, GOOD)[0] == 404
    assert raw(bench, "GET", CALLS.replace("Calls", "Conferences"), {})[0] == 404
    assert raw(bench, "DELETE", CALLS, {})[0] == 405


def test_the_body_must_be_a_form_and_the_query_empty(bench: Bench) -> None:
    assert raw(bench, "POST", CALLS, GOOD, content_type="application/json")[0] == 415
    assert raw(bench, "POST", CALLS + "?To=%2B821000000009", GOOD)[0] == 400


def test_a_ringing_call_can_be_cancelled_once(bench: Bench, client: Client) -> None:
    phone = bench.phone("010-0000-0001").expects_call().answers_after(3000)
    call = client.calls.create(to=phone.number, from_=NUMBER, twiml=HANGUP, timeout=600)
    assert bench.company.wait_for_ringing(phone.number) is not None
    with pytest.raises(TwilioRestException) as early:
        client.calls(call.sid or "").update(status="completed")
    assert early.value.code == 21220
    assert client.calls(call.sid or "").update(status="canceled").status == "canceled"
    bench.check()
    with pytest.raises(TwilioRestException) as late:
        client.calls(call.sid or "").update(status="completed")
    assert late.value.code == 21220
    with pytest.raises(TwilioRestException):
        client.calls("CA" + "0" * 32).update(status="completed")


def test_messages_are_sent_listed_and_told_to_the_portal(
    bench: Bench, client: Client, portal: Any
) -> None:
    phone = bench.phone("010-0000-0001").expects_text("링크")
    sent = client.messages.create(
        to=phone.number, from_=NUMBER, body="링크: …", status_callback=f"{portal.url}/text"
    )
    bench.check()
    assert [one.params["MessageStatus"] for one in portal.at("/text")] == ["sent", "delivered"]
    assert all(one.signed for one in portal.heard)
    assert client.messages(sent.sid or "").fetch().status == "delivered"
    assert len(client.messages.list(to=phone.number, date_sent_after=NOW)) == 1
    assert client.messages.list(date_sent_before=NOW - timedelta(days=1)) == []


@pytest.mark.parametrize(("field", "code"), [("To", 21604), ("From", 21603), ("Body", 21602)])
def test_a_message_needs_all_three(bench: Bench, field: str, code: int) -> None:
    fields = {"To": "+821000000001", "From": NUMBER, "Body": "x"}
    path = CALLS.replace("Calls", "Messages")
    assert raw(bench, "POST", path, fields | {field: ""})[1]["code"] == code


def test_a_text_from_a_person_reaches_the_portal_signed(bench: Bench, portal: Any) -> None:
    bench.phone("010-0000-0001").texts_back("STOP")
    (heard,) = portal.at("/inbound")
    assert heard.signed
    assert (heard.params["From"], heard.params["Body"]) == ("+821000000001", "STOP")
