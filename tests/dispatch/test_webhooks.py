"""The door for the telephone company: closed to everybody else, calm about every repetition."""

from datetime import timedelta

import pytest
from django.urls import reverse

from dispatch import actions, answers, opening
from dispatch.models import CallbackEvent, Case
from dispatch.rules import CaseState, EventKind
from tests.dispatch.world import MINUTE, check_invariants, fresh, kinds, reasons, set_light

pytestmark = pytest.mark.django_db
HOOKS = ["voice", "voice_answer", "voice_status", "voice_amd"]


@pytest.fixture
def ringing(yellow, company):
    return yellow.calls.get()


@pytest.mark.parametrize("name", HOOKS)
def test_a_forged_webhook_is_refused_and_changes_nothing(ringing, client, company, name):
    path = reverse(f"dispatch:{name}", args=[ringing.token])
    for headers in ({}, {"X-Twilio-Signature": "forged"}):
        answer = client.post(path, {"CallSid": ringing.sid, "Digits": "1"}, headers=headers)
        assert answer.status_code == 403
    assert not CallbackEvent.objects.exists()
    assert fresh(ringing.case).state == CaseState.AI_CALL


@pytest.mark.parametrize("name", HOOKS)
def test_a_signature_for_other_words_is_refused(ringing, company, client, name):
    path = reverse(f"dispatch:{name}", args=[ringing.token])
    good = company.validator.compute_signature(company.base + path, {"Digits": "2"})
    answer = client.post(path, {"Digits": "1"}, headers={"X-Twilio-Signature": good})
    assert answer.status_code == 403


@pytest.mark.parametrize("name", HOOKS)
def test_without_a_token_nothing_is_accepted(ringing, company, settings, name):
    settings.TWILIO = {**settings.TWILIO, "AUTH_TOKEN": "", "AUTH_TOKEN_SECONDARY": ""}
    assert company.post(name, ringing).status_code == 403


def test_the_second_token_is_for_changing_without_a_gap(ringing, company, settings):
    settings.TWILIO = {
        **settings.TWILIO,
        "AUTH_TOKEN_SECONDARY": settings.TWILIO["AUTH_TOKEN"],
        "AUTH_TOKEN": "the-new-one",
    }
    assert company.voice(ringing).status_code == 200


@pytest.mark.parametrize("name", HOOKS)
def test_get_is_refused(ringing, client, company, name):
    assert client.get(reverse(f"dispatch:{name}", args=[ringing.token])).status_code == 405


def test_an_unknown_token_hangs_up(ringing, company):
    ringing.token = "nobody-knows-this"
    answer = company.voice(ringing)
    assert answer.status_code == 200
    assert "<Hangup" in answer.content.decode()
    assert not CallbackEvent.objects.exists()


def test_what_is_said_first(ringing, company):
    text = company.voice(ringing).content.decode()
    first = text.index("연천군에서 인공지능")
    assert first < text.index("1번")
    for word in (
        'input="dtmf speech"',
        'language="ko-KR"',
        'speechModel="googlev2_telephony"',
        'speechTimeout="3"',
        'timeout="8"',
        'numDigits="1"',
        'actionOnEmptyResult="true"',
        'profanityFilter="false"',
        'voice="Polly.Seoyeon-Neural"',
        '<prosody rate="85%">',
    ):
        assert word in text


def test_a_callback_that_comes_before_the_receipt_brings_the_id(ringing, company):
    from dispatch.models import CallAttempt

    CallAttempt.objects.filter(pk=ringing.pk).delete()
    early = CallAttempt.objects.create(
        case=ringing.case,
        household=ringing.household,
        step=ringing.step,
        token="early",
        created_at=ringing.created_at,
        check_at=ringing.check_at,
    )
    company.status(early, "ringing", 1, sid="CAearly")
    early.refresh_from_db()
    assert (early.sid, early.status) == ("CAearly", "ringing")


def test_a_second_call_for_the_same_attempt_is_hung_up(ringing, company):
    answer = company.voice(ringing, sid="CAsecond")
    assert "<Gather" not in answer.content.decode()
    company.answers(ringing, sid="CAsecond", Digits="1")
    assert fresh(ringing.case).is_open


def test_the_same_answer_twice_has_one_effect(ringing, company):
    first = company.answers(ringing, Digits="2")
    again = company.answers(ringing, Digits="2")
    assert first.content == again.content
    assert kinds(ringing.case).count(EventKind.ANSWERED) == 1
    assert reasons(ringing.case) == ["help"]


@pytest.mark.parametrize(("digits", "reason"), [("2", "help"), ("1", "speech"), ("", "speech")])
def test_an_answer_that_cannot_be_read_reaches_a_person(
    ringing, company, monkeypatch, caplog, digits, reason
):
    def broken(text, *, confidence):
        raise TypeError(text)

    monkeypatch.setattr(answers, "understand_words", broken)
    spoken = company.answers(ringing, round_=1, Digits=digits, SpeechResult="살려 주세요")
    assert spoken.status_code == 200
    assert reasons(fresh(ringing.case)) == [reason]
    assert "살려" not in caplog.text


def test_status_only_rises(ringing, company):
    for sequence, status in ((3, "completed"), (0, "initiated"), (1, "ringing"), (2, "bogus")):
        assert company.status(ringing, status, sequence).status_code == 204
    ringing.refresh_from_db()
    assert ringing.status == "completed"
    assert kinds(ringing.case).count(EventKind.CALL_ENDED) == 1
    assert CallbackEvent.objects.count() == 4


def test_an_answer_that_comes_after_the_end_still_counts(ringing, company, frozen_clock, now):
    company.status(ringing, "completed", 3)
    company.answers(ringing, Digits="2")
    assert reasons(fresh(ringing.case)) == ["help"]


def test_a_fine_that_comes_an_hour_late_is_looked_at_by_a_person(ringing, company, frozen_clock):
    company.status(ringing, "completed", 3)
    frozen_clock.tick(timedelta(hours=1))
    company.answers(ringing, Digits="1")
    assert reasons(fresh(ringing.case)) == ["needs_confirming"]


def test_fine_after_help_does_not_close(ringing, company):
    company.answers(ringing, Digits="2")
    company.answers(ringing, round_=2, Digits="1")
    case = fresh(ringing.case)
    assert (case.state, case.answer) == (CaseState.WAITING, "help")


def test_help_after_fine_opens_a_linked_case(ringing, company, operator):
    company.answers(ringing, Digits="1")
    assert not fresh(ringing.case).is_open
    company.answers(ringing, round_=2, Digits="2")
    new = Case.objects.open().get()
    assert (new.previous, new.light, new.answer) == (ringing.case, "red", "help")
    assert fresh(ringing.case).state == CaseState.CLOSED
    assert kinds(ringing.case)[-1] == EventKind.LATE_ANSWER
    check_invariants()


def test_what_comes_late_of_a_drill_is_a_drill(ringing, company):
    Case.objects.filter(pk=ringing.case_id).update(drill=True)
    company.answers(ringing, Digits="1")
    company.answers(ringing, round_=2, Digits="2")
    assert Case.objects.open().get().drill


def test_a_cry_that_comes_late_makes_the_drill_beside_it_real(ringing, company, now):
    company.answers(ringing, Digits="1")
    drill = opening.open_new(household=ringing.household, light="red", now=now, drill=True)
    company.answers(ringing, round_=2, Digits="2")
    assert (fresh(drill).drill, fresh(drill).answer) == (False, "help")


def test_what_an_answering_machine_pressed_does_not_close(ringing, company):
    company.post("voice_amd", ringing, AnsweredBy="machine_start")
    company.answers(ringing, Digits="1")
    assert reasons(fresh(ringing.case)) == ["needs_confirming"]


def test_the_greeting_of_a_voicemail_is_not_the_person(ringing, company):
    company.post("voice_amd", ringing, AnsweredBy="machine_start")
    text = company.answers(ringing, SpeechResult="삐 소리 후 메시지를 남겨 주세요")
    assert "대답을 듣지 못했습니다" in text.content.decode()
    company.status(ringing, "completed", 3)
    ringing.refresh_from_db()
    assert (ringing.outcome, fresh(ringing.case).state) == ("voicemail", CaseState.AI_CALL)


def test_fine_does_not_close_a_case_that_a_person_holds(ringing, company, operator, now):
    actions.claim(case=ringing.case, by=operator, now=now)
    company.answers(ringing, Digits="1")
    case = fresh(ringing.case)
    assert (case.state, case.owner, case.answer) == (CaseState.CLAIMED, operator, "ok")


def test_fine_does_not_close_when_the_light_has_just_turned_red(ringing, company, now):
    set_light(ringing.household, "red", now=now + MINUTE)  # no sweep has seen it yet
    company.answers(ringing, Digits="1")
    assert reasons(fresh(ringing.case)) == ["said_ok_on_red"]


def test_machine_detection_after_the_end_names_the_voicemail(ringing, company):
    company.status(ringing, "completed", 3)
    company.post("voice_amd", ringing, AnsweredBy="machine_end_beep")
    ringing.refresh_from_db()
    assert ringing.outcome == "voicemail"


@pytest.mark.parametrize(
    ("digits", "speech", "outcome"),
    [
        ("1", "", "ok"),
        ("2", "", "help"),
        ("", "괜찮아요", "said_ok"),
        ("", "", ""),
        ("5", "", "unclear"),
        ("1", "괜찮아요", "ok"),
        ("1", "살려줘", "help"),
        ("2", "살려줘", "help"),
        ("2", "괜찮아요", "help"),
        ("1", "죽고 싶어", "risk"),
        ("2", "죽고 싶어", "risk"),
        ("", "죽고 싶어", "risk"),
        ("5", "괜찮아요", "speech"),
        ("1", "나중에 전화하세요", "speech"),
        ("", "나중에 전화하세요", "later"),
        ("", "전화하지 마세요", "refuse"),
        ("", "서울 아들 집에 와 있어요", "away"),
        ("", "잘못 거셨어요", "not_person"),
    ],
)
def test_understanding_of_one_round(digits, speech, outcome):
    assert answers.understand(digits, speech, confidence=0.9).outcome == outcome


def test_words_that_close_a_case_need_a_recogniser_that_was_sure():
    said = "괜찮아요"
    assert answers.understand("", said, confidence=0.9).is_sure(50)
    assert not answers.understand("", said).is_sure(50)
    assert answers.understand("", said, confidence=0.3).outcome == "speech"
    assert answers.understand("", "도와주세요", confidence=0.1).outcome == "help"


def test_of_the_words_only_codes_are_kept_in_the_clear(ringing, company):
    words = "넘어져서 못 일어나요"
    company.answers(ringing, SpeechResult=words, Confidence="0.81")
    ringing.refresh_from_db()
    assert (ringing.outcome, ringing.understood["label"]) == ("help", "help")
    assert ringing.understood["heard"] == 0.81
    assert ringing.understood["rules"]
    assert not any(word in str(ringing.understood) for word in words.split())
    assert ringing.household.unseal(ringing.speech) == words


@pytest.mark.parametrize("junk", [{"SequenceNumber": "-1"}, {"SequenceNumber": "9" * 30}, {}])
def test_odd_parameters_break_nothing(ringing, company, junk):
    assert (
        company.post("voice_status", ringing, CallStatus="ringing" * 9, **junk).status_code == 204
    )
    answer = company.post("voice_answer", ringing, query="?round=x", Digits="1" * 50)
    assert answer.status_code == 200
