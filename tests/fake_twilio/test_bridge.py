"""A Dial: the second telephone rings, both legs are told apart, and a wrong Dial ends the call."""

from dataclasses import replace

import pytest

from dispatch.fake_twilio.bench import NUMBER

OPERATOR, RESIDENT = "+821011112222", "+821033334444"


def dial(portal, attributes=f'callerId="{NUMBER}" timeout="30"', number=RESIDENT):
    leg = f'statusCallback="{portal.url}/leg" statusCallbackEvent="initiated answered completed"'
    return (
        f'<Response><Dial action="/done" {attributes}><Number {leg}>{number}</Number></Dial>'
        "</Response>"
    )


def ring(bench, client, portal, document):
    portal.twiml |= {"/voice": document, "/done": "<Response><Hangup/></Response>"}
    client.calls.create(
        to=OPERATOR,
        from_=NUMBER,
        url=f"{portal.url}/voice",
        status_callback=f"{portal.url}/status",
        status_callback_event=["answered", "completed"],
    )
    bench.settle()


def test_two_people_talk_until_one_hangs_up(bench, client, portal):
    bench.phone(OPERATOR).expects_call()
    other = bench.phone(RESIDENT).expects_call().says("여보세요").says("괜찮아요").hangs_up()
    ring(bench, client, portal, dial(portal))
    (leg,) = other.legs
    assert [line.text for line in leg.lines if line.who == "person"] == ["여보세요", "괜찮아요"]
    told = portal.at("/leg")
    assert [one.params["CallStatus"] for one in told] == ["initiated", "in-progress", "completed"]
    assert all(one.signed and one.params["ParentCallSid"] == leg.parent for one in told)
    (done,) = portal.at("/done")
    assert (done.params["DialCallSid"], done.params["DialCallStatus"]) == (leg.sid, "completed")
    assert portal.statuses() == ["in-progress", "completed"]
    bench.check()


@pytest.mark.parametrize(
    ("how", "status"),
    [("never_answers", "no-answer"), ("is_busy", "busy"), ("is_out_of_service", "failed")],
)
def test_the_action_hears_how_the_second_leg_ended(bench, client, portal, how, status):
    bench.phone(OPERATOR).expects_call()
    getattr(bench.phone(RESIDENT).expects_call(), how)()
    ring(bench, client, portal, dial(portal))
    (done,) = portal.at("/done")
    assert done.params["DialCallStatus"] == status
    bench.check()


def test_the_second_leg_ends_with_the_first(bench, client, portal):
    bench.phone(OPERATOR).expects_call()
    bench.phone(RESIDENT).expects_call().never_answers()
    portal.twiml["/voice"] = dial(portal, f'callerId="{NUMBER}" timeout="600"')
    bench.company.pace = replace(bench.company.pace, speed=lambda: 1.0)
    bench.phone(OPERATOR).answers_after(0)
    call = client.calls.create(to=OPERATOR, from_=NUMBER, url=f"{portal.url}/voice")
    assert bench.company.wait_for_ringing(RESIDENT) is not None
    client.calls(call.sid).update(status="completed")
    bench.settle()
    assert [leg.status for leg in bench.phone(RESIDENT).legs] == ["canceled"]


@pytest.mark.parametrize(
    ("attributes", "number", "code"),
    [
        ('timeout="30"', RESIDENT, 13214),
        ('callerId="+82319999999"', RESIDENT, 13214),
        (f'callerId="{NUMBER}" timeout="0"', RESIDENT, 13212),
        (f'callerId="{NUMBER}" record="record-from-answer"', RESIDENT, 12200),
        (f'callerId="{NUMBER}" hangupOnStar="true"', RESIDENT, 12200),
        (f'callerId="{NUMBER}"', "010-3333-4444", 13223),
        (f'callerId="{NUMBER}"', "+13334445555", 13227),
    ],
)
def test_a_wrong_dial_ends_the_call_and_is_told(bench, client, portal, attributes, number, code):
    bench.phone(OPERATOR).expects_call()
    ring(bench, client, portal, dial(portal, attributes, number))
    assert [notice.code for notice in bench.company.notices] == [code]
    assert len(bench.company.calls) == 1, "nobody else's telephone rang"


def test_what_the_detection_takes_a_person_for(bench, client, portal):
    bench.phone(OPERATOR).expects_call().is_taken_for("machine_start")
    portal.twiml["/voice"] = "<Response><Hangup/></Response>"
    client.calls.create(
        to=OPERATOR,
        from_=NUMBER,
        url=f"{portal.url}/voice",
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=f"{portal.url}/amd",
    )
    bench.settle()
    assert portal.at("/amd")[0].params["AnsweredBy"] == "machine_start"
