"""The words of a case: who reads and writes them, what day they name, what they never keep."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from dispatch import actions, calls, machine
from dispatch.presenters import timeline
from dispatch.rules import EventKind
from tests.dispatch_pages.conftest import make_home, open_case, post, text_of
from tests.dispatch_pages.test_case import EVIDENCE, answered
from tests.monitoring.pages.rows import fill, usual
from ui.words import weekday

pytestmark = pytest.mark.django_db


def test_the_evidence_of_last_night_keeps_its_day(as_user, operator, claimed, now, frozen_clock):
    """Heard at 23:50, closed ten minutes past midnight: it was yesterday."""
    local = timezone.localtime(now)
    midnight = local.replace(hour=0, minute=10) + timedelta(days=1)
    frozen_clock.tick(midnight - local)
    actions.claim(case=claimed, by=operator, now=midnight)
    post(as_user(operator), f"/cases/{claimed.uid}/close/", {**EVIDENCE, "seen_at": "23:50"})
    claimed.refresh_from_db()
    sealed = claimed.household.unseal(bytes(claimed.evidence_note))
    assert f"{local.month}. {local.day}. 23:50" in sealed


def test_an_end_on_another_day_has_its_date(operator, claimed, now):
    away = {"away": "travel"}
    local = timezone.localtime(now).replace(hour=12, minute=0, second=0)
    for days, said in ((0, "12:00까지"), (1, f"{weekday(local + timedelta(days=1))} 12:00까지")):
        until = local + timedelta(days=days)
        event = machine.log(
            claimed,
            EventKind.ABSENCE_NOTED,
            by=operator,
            now=now,
            data={**away, "until": until.isoformat()},
        )
        assert said in timeline.details(event)


def test_the_duty_official_who_has_the_case_reads_and_writes_its_words(as_user, official, red, now):
    answered(red, "다리가 아파서 못 일어나겠어", now, digits="2", confidence=0.9)
    client = as_user(official)
    page = text_of(client.get(f"/cases/{red.uid}/"))
    assert "못 일어나겠어" not in page
    assert "메모 남기기" not in page
    actions.claim(case=red, by=official, now=now, called=True)
    page = text_of(client.get(f"/cases/{red.uid}/"))
    assert "못 일어나겠어" in page
    assert "메모 남기기" in page


RESIDENT_NUMBER = "650101-1234567"


def test_no_resident_number_is_kept_in_any_words_of_a_case(
    as_user, operator, responder, claimed, now
):
    """The words stay, the number goes: a responder's report must not be lost for it."""
    client, url = as_user(operator), f"/cases/{claimed.uid}/"
    typed = f"민번 {RESIDENT_NUMBER} 확인"
    post(client, f"{url}note/", {"text": typed})
    home = f"/households/{claimed.household.uid}"
    due = f"{timezone.localdate(now):%Y-%m-%d}"
    post(client, f"{home}/need/", {"kind": "care", "note": typed})
    post(client, f"{home}/follow-up/", {"how": "visit", "due_on": due, "note": typed})
    follow_up = claimed.household.follow_ups.get()
    post(client, f"/follow-ups/{follow_up.uid}/done/", {"result": "well", "note": typed})
    visit = actions.send_responder(case=claimed, responder=responder, by=operator, now=now)
    for verb in ("accept_visit", "depart", "arrive"):
        getattr(actions, verb)(visit=visit, by=responder, now=now)
    found = {"found_state": "absent_revisit", "note": typed}
    post(as_user(responder), f"/visits/{visit.uid}/found/", found)
    close = {**EVIDENCE, "note": typed, "seen_by": RESIDENT_NUMBER}
    post(client, f"{url}close/", close)
    claimed.refresh_from_db()
    assert not claimed.is_open
    follow_up.refresh_from_db()
    kept = [event.note for event in claimed.events.all()]
    kept += [claimed.evidence_note, follow_up.note, follow_up.result_note]
    kept += [need.note for need in claimed.household.needs.all()]
    words = [claimed.household.unseal(bytes(note)) for note in kept]
    assert sum("민번" in one for one in words) >= 6
    assert not any("1234567" in one for one in words)


def test_the_slip_names_the_feed_that_ends_before_the_others(as_user, operator, jeongok, now):
    home = make_home(township=jeongok, now=now, meter="M-1", line="L-1")
    case = open_case(home, now=now)
    fill(home, usual(), now)
    fill(home, np.ones((20, 24)), now - timedelta(hours=13), metric="calls_out")
    fill(home, np.ones((20, 24)), now - timedelta(hours=13), metric="sms_out")
    told = "자료 2026. 7. 1. 12:00까지 옴", "통신 자료는 2026. 6. 30. 23:00까지만 옴"
    client = as_user(operator)
    page = text_of(client.get(f"/cases/{case.uid}/"))
    assert " · ".join(told) in page
    page = text_of(client.get(f"/households/{home.uid}/"))
    assert all(words in page for words in told)


def test_while_the_ai_calls_there_is_nothing_to_do_but_to_claim(as_user, operator, home, now):
    case = open_case(home, now=now, light="yellow")
    page = text_of(as_user(operator).get(f"/cases/{case.uid}/"))
    assert "다음 AI 전화는 12:00입니다. 지금 할 일은 없습니다." in page
    assert "전화하고 있습니다" not in page
    assert "60초" not in page
    assert 'id="act-claim"' in page


def test_the_words_follow_the_telephone(as_user, operator, home, now):
    """Put off by the quiet hours it is told when; ringing it is told so, on the rung as well."""
    case = open_case(home, now=now, light="yellow")
    client, url = as_user(operator), f"/cases/{case.uid}/"
    case.steps.filter(kind="ai_call").update(due_at=now + timedelta(hours=19))
    page = text_of(client.get(url))
    assert "다음 AI 전화는 07:00입니다." in page
    assert "<b>AI 전화</b><span>07:00에 걺</span>" in page
    calls.prepare(case, case.steps.filter(kind="ai_call").first(), now=now)
    page = text_of(client.get(url))
    assert "AI가 지금 전화하고 있습니다." in page
    assert "<b>AI 전화</b><span>거는 중</span>" in page


def test_after_the_arrival_nobody_waits_for_it(as_user, operator, responder, claimed, visit, now):
    for verb in ("accept_visit", "depart", "arrive"):
        getattr(actions, verb)(visit=visit, by=responder, now=now)
    page = text_of(as_user(operator).get(f"/cases/{claimed.uid}/"))
    assert "님이 12:00에 도착했습니다. 확인 결과가 여기에 바로 나옵니다." in page
    assert "못 간다고 하면" not in page


def test_what_stands_still_is_told_by_the_clock(as_user, operator, claimed):
    page = text_of(as_user(operator).get(f"/cases/{claimed.uid}/"))
    assert "담당 12:10까지 · 12:00에 열림" in page


def test_evidence_from_before_the_case_is_refused_and_kept(
    as_user, operator, claimed, frozen_clock, now
):
    """The newcomer's slip: the time of yesterday for somebody seen just now."""
    late = {**EVIDENCE, "evidence_kind": "seen", "seen_at": "11:50"}
    page = text_of(post(as_user(operator), f"/cases/{claimed.uid}/close/", late, htmx=True))
    assert "이 건이 열린 2026. 7. 1. 12:00보다 앞섭니다." in page
    assert 'value="11:50"' in page
    assert EVIDENCE["note"] in page
    claimed.refresh_from_db()
    assert claimed.is_open


def test_the_key_of_closing_says_why_not_while_somebody_is_on_the_way(
    as_user, operator, claimed, visit
):
    page = text_of(as_user(operator).get(f"/cases/{claimed.uid}/"))
    box = page.split('id="d-close"')[1].split("</details>")[0]
    assert 'data-key="KeyX"' in box
    assert "출동이 진행 중입니다. 먼저 출동을 취소하거나 현장 결과를 기다려 주세요." in box
    assert "<form" not in box


def test_a_busy_line_is_not_told_as_nobody_answering(as_user, operator, red, now):
    for status, told in (("no-answer", "받지 않음"), ("busy", "통화중")):
        data = {"status": status, "outcome": "not_reached"}
        event = machine.log(red, EventKind.CALL_ENDED, now=now, data=data)
        assert timeline.details(event) == [told]
    data = {"status": "busy", "outcome": "not_reached", "callee": "resident"}
    event = machine.log(red, EventKind.DESK_CALL_ENDED, now=now, data=data)
    assert timeline.details(event) == ["통화중"]
    for status, outcome in (("canceled", "not_reached"), ("completed", "silent")):
        data = {"status": status, "outcome": outcome, "cut": True}
        event = machine.log(red, EventKind.CALL_ENDED, now=now, data=data)
        assert timeline.details(event) == ["관제에서 멈춤"]
