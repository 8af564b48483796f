"""People at the telephone: what the portal hears of a call, in which order, and signed."""

from collections.abc import Callable
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from dispatch.fake_twilio.bench import NUMBER, Bench, Phone
from dispatch.fake_twilio.people import Act, BadBehaviour, person_from_json

from .conftest import Portal

ASK = """<Response>
  <Gather input="dtmf speech" numDigits="1" timeout="8" action="/answer" language="ko-KR"
          speechModel="googlev2_telephony" speechTimeout="3" actionOnEmptyResult="true">
    <Say language="ko-KR" voice="Polly.Seoyeon-Neural">
      <prosody rate="85%">AI 안부 전화입니다. 괜찮으시면 1번을 누르세요.</prosody>
    </Say>
  </Gather>
</Response>"""
THANKS = "<Response><Say language='ko-KR'>고맙습니다.</Say><Hangup/></Response>"

Dial = Callable[..., Any]


@pytest.fixture
def dial(bench: Bench, client: Client, portal: Portal) -> Dial:
    portal.twiml = {"/voice": ASK, "/answer": THANKS}

    def dial(phone: Phone, **more: Any) -> Any:
        events = ["initiated", "ringing", "answered", "completed"]
        return client.calls.create(
            to=phone.number,
            from_=NUMBER,
            url=f"{portal.url}/voice",
            status_callback=f"{portal.url}/status",
            status_callback_event=events,
            timeout=30,
            **more,
        )

    return dial


def test_she_hears_the_question_and_presses_two(bench: Bench, portal: Portal, dial: Dial) -> None:
    phone = bench.phone("010-0000-0001").expects_call_saying("안부", "AI").presses("2")
    call = dial(phone)
    bench.check()
    (answer,) = portal.at("/answer")
    assert answer.params["Digits"] == "2"
    assert answer.params["CallSid"] == call.sid
    assert portal.statuses() == ["initiated", "ringing", "in-progress", "completed"]
    numbers = [one.params["SequenceNumber"] for one in portal.at("/status")]
    assert numbers == ["0", "1", "2", "3"]
    assert all(one.signed for one in portal.heard)
    assert phone.calls[0].said().endswith("고맙습니다.")


def test_he_says_a_sentence(bench: Bench, portal: Portal, dial: Dial) -> None:
    dial(bench.phone("010-0000-0001").expects_call().says("도와주세요", confidence=0.71))
    bench.check()
    (answer,) = portal.at("/answer")
    assert answer.params["SpeechResult"] == "도와주세요"
    assert answer.params["Confidence"] == "0.71"
    assert "Digits" not in answer.params


def test_silence_reaches_the_action_as_an_empty_answer(
    bench: Bench, portal: Portal, dial: Dial
) -> None:
    dial(bench.phone("010-0000-0001").expects_call().stays_silent())
    bench.check()
    (answer,) = portal.at("/answer")
    assert (answer.params["Digits"], answer.params["SpeechResult"]) == ("", "")


@pytest.mark.parametrize(
    ("describe", "statuses"),
    [
        (lambda phone: phone.is_busy(), ["initiated", "busy"]),
        (lambda phone: phone.never_answers(), ["initiated", "ringing", "no-answer"]),
        (lambda phone: phone.answers_after(31), ["initiated", "ringing", "no-answer"]),
        (lambda phone: phone.is_out_of_service(), ["initiated", "failed"]),
        (
            lambda phone: phone.answers_after(29).hangs_up(),
            ["initiated", "ringing", "in-progress", "completed"],
        ),
    ],
)
def test_how_a_call_ends(
    bench: Bench, portal: Portal, dial: Dial, describe: Any, statuses: list[str]
) -> None:
    dial(describe(bench.phone("010-0000-0001").expects_call()))
    bench.check()
    assert portal.statuses() == statuses
    assert portal.at("/answer") == []


def test_voicemail_is_told_by_the_asynchronous_callback(
    bench: Bench, portal: Portal, dial: Dial
) -> None:
    phone = bench.phone("010-0000-0001").expects_call().is_voicemail()
    call = dial(
        phone,
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=f"{portal.url}/amd",
    )
    bench.check()
    (amd,) = portal.at("/amd")
    assert (amd.params["AnsweredBy"], amd.params["CallSid"]) == ("machine_start", call.sid)
    assert amd.signed
    (answer,) = portal.at("/answer")
    assert answer.params["Digits"] == ""


def test_without_asynchronous_detection_the_first_request_tells_who_answered(
    bench: Bench, portal: Portal, dial: Dial
) -> None:
    dial(
        bench.phone("010-0000-0001").expects_call().presses("1"),
        machine_detection="DetectMessageEnd",
    )
    bench.check()
    assert portal.at("/voice")[0].params["AnsweredBy"] == "human"


def test_only_completed_is_told_by_default(bench: Bench, portal: Portal, client: Client) -> None:
    bench.phone("010-0000-0001").expects_call()
    client.calls.create(
        to="+821000000001",
        from_=NUMBER,
        twiml=THANKS,
        status_callback=f"{portal.url}/status",
    )
    bench.check()
    assert portal.statuses() == ["completed"]


# ── our own mistakes ─────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("twiml", "code"),
    [
        ("<Response><Say>하나", 12100),
        ("<Reply/>", 12100),
        ("<Response><Play>http://x/a.mp3</Play></Response>", 12200),
        ("<Response><Gather digits='1'/></Response>", 12200),
        ("<Response><Gather timeout='0'/></Response>", 13313),
        ("<Response><Gather speechModel='phone_call' speechTimeout='auto'/></Response>", 13327),
        ("<Response><Say voice='alice'>하나</Say></Response>", 13520),
        ("<Response>하나</Response>", 12200),
        ("<!DOCTYPE r [<!ENTITY a 'b'>]><Response/>", 12100),
    ],
)
def test_twiml_outside_the_table_ends_the_call_with_a_notice(
    bench: Bench, portal: Portal, dial: Dial, twiml: str, code: int
) -> None:
    phone = bench.phone("010-0000-0001").expects_call()
    portal.twiml["/voice"] = twiml
    dial(phone)
    bench.settle()
    assert [notice.code for notice in bench.company.notices] == [code]
    assert portal.statuses()[-1] == "completed"
    with pytest.raises(AssertionError, match=str(code)):
        bench.check()


@pytest.mark.parametrize(
    ("status", "kind", "code"), [(500, "text/xml", 11200), (200, "a/b", 12300)]
)
def test_an_unusable_answer_of_the_portal_is_a_notice(
    bench: Bench, portal: Portal, dial: Dial, status: int, kind: str, code: int
) -> None:
    portal.status["/voice"], portal.content_type = status, kind
    dial(bench.phone("010-0000-0001").expects_call())
    bench.settle()
    assert bench.company.notices[0].code == code


def test_the_fallback_is_asked_with_the_error(bench: Bench, portal: Portal, dial: Dial) -> None:
    portal.twiml |= {"/voice": "<nonsense", "/fallback": THANKS}
    phone = bench.phone("010-0000-0001").expects_call_saying("고맙습니다")
    dial(phone, fallback_url=f"{portal.url}/fallback")
    bench.settle()
    assert portal.at("/fallback")[0].params["ErrorCode"] == "12100"
    assert phone.problems() == []


# ── faults of the network ────────────────────────────────────────────────────
def test_callbacks_are_lost_repeated_and_late(bench: Bench, portal: Portal, dial: Dial) -> None:
    phone = bench.phone("010-0000-0001").expects_call().presses("1")
    dial(phone.loses("ringing").repeats("completed").delays("answered", 0.2))
    bench.check()
    assert portal.statuses() == ["initiated", "completed", "completed", "in-progress"]
    numbers = [one.params["SequenceNumber"] for one in portal.at("/status")]
    assert numbers == ["0", "3", "3", "2"]


def test_callbacks_come_backwards(bench: Bench, portal: Portal, dial: Dial) -> None:
    dial(bench.phone("010-0000-0001").expects_call().presses("1").reorders())
    bench.check()
    assert portal.statuses() == ["completed", "in-progress", "ringing", "initiated"]


@pytest.mark.parametrize("fault", ["429", "500"])
def test_a_refused_request_rings_nowhere(bench: Bench, dial: Dial, fault: str) -> None:
    phone = bench.phone("010-0000-0001").refuses_request(fault)
    with pytest.raises(TwilioRestException) as refused:
        dial(phone)
    assert refused.value.status == int(fault)
    bench.check()


def test_accepted_but_never_answered(bench: Bench, portal: Portal, dial: Dial) -> None:
    """The crash window: the call exists and rings, and the portal does not learn its name."""
    phone = bench.phone("010-0000-0001").refuses_request("accept_then_drop")
    phone.expects_call().presses("1")
    with pytest.raises(Exception, match=r"(?i)connection|remote"):
        dial(phone)
    bench.check()
    assert portal.statuses()[-1] == "completed"


def test_a_callback_may_overtake_the_answer(bench: Bench, portal: Portal, dial: Dial) -> None:
    phone = bench.phone("010-0000-0001").refuses_request("callback_first")
    phone.expects_call().presses("1")
    dial(phone)
    assert portal.statuses()
    bench.check()


# ── the bench itself ─────────────────────────────────────────────────────────
def test_a_call_nobody_expected_fails_the_test(bench: Bench, dial: Dial) -> None:
    dial(Phone("+821000000077", bench.company))
    with pytest.raises(AssertionError, match="nobody expected"):
        bench.check()


def test_a_missing_call_and_a_missing_word_fail_the_test(bench: Bench, dial: Dial) -> None:
    bench.phone("010-0000-0002").expects_call()
    with pytest.raises(AssertionError, match=r"1 call\(s\) expected, 0 came"):
        bench.check()
    dial(bench.phone("010-0000-0002"))
    dial(bench.phone("010-0000-0003").expects_call_saying("내일"))
    with pytest.raises(AssertionError, match="without '내일'"):
        bench.check()


@pytest.mark.parametrize(
    "nonsense",
    [
        {"answer": "anwsers"},
        {"after": -1},
        {"acts": [{"do": "press", "value": "x"}]},
        {"acts": [{"do": "say", "value": " "}]},
        {"acts": "press"},
        {"faults": {"drop": ["anwsered"]}},
        {"faults": {"create": ["418"]}},
        {"colour": "red"},
        [],
    ],
)
def test_a_behaviour_with_a_typing_error_is_refused(nonsense: Any) -> None:
    with pytest.raises(BadBehaviour):
        person_from_json(nonsense)


def test_an_act_is_one_of_five() -> None:
    with pytest.raises(BadBehaviour):
        Act("whistle")
