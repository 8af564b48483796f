"""The case page's later parts: contacts' answers, absence, 119, stopping the AI, drills."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AccessLog
from dispatch import actions, calls, drills, telephony
from dispatch.models import CallAttempt, Case, Step, StepKind, StepState
from dispatch.rules import EventKind, Refused
from dispatch.telephony import Placed
from tests.dispatch_pages.conftest import (
    ADDRESS,
    MASKED,
    NAME,
    make_home,
    open_case,
    post,
    text_of,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def drill_home(jeongok, operator2, official, now, frozen_clock):
    """A home whose telephones are those of two colleagues."""
    from households.actions import ContactInput
    from tests.households.factories import make_household

    friend = ContactInput(
        name="훈련 연락처",
        phone=official.phone,
        relation="family",
        may_be_told="situation",
        hours="anytime",
    )
    household = make_household(
        township=jeongok,
        now=now,
        name="훈련이",
        phone=operator2.phone,
        contacts=[friend],
        state="applied",
    )
    return drills.mark_home(household=household, by=official, now=now)


def url(case, verb):
    return f"/cases/{case.uid}/{verb}/"


def test_what_a_contact_said_is_not_what_the_person_said(as_user, operator, claimed):
    client = as_user(operator)
    contact = claimed.household.contacts.get()
    page = text_of(
        post(
            client, url(claimed, "call"), {"result": "safe", "callee": str(contact.uid)}, htmx=True
        )
    )
    assert "연락처가 본인을 보거나 들었다고 합니다" in page
    assert 'value="contact" selected' in page  # the evidence is the contact's, not a talk
    event = claimed.events.get(kind=EventKind.CALL_RECORDED)
    assert event.data == {"result": "safe", "callee": str(contact.uid)}
    assert "비상연락처" in page
    foreign = post(client, url(claimed, "call"), {"result": "safe", "callee": str(claimed.uid)})
    assert foreign.status_code == 404


class Line:
    """A company that takes every call."""

    def dial(self, *, phone, token, ring_seconds, hooks="voice"):
        return Placed("CA1", "queued")


def test_the_form_of_the_page_connects_with_a_contact(as_user, operator, claimed):
    client, contact = as_user(operator), claimed.household.contacts.get()
    with telephony.use(Line()):
        page = text_of(client.get(f"/cases/{claimed.uid}/"))
        before, _button = page.split(f'id="act-bridge-{contact.uid}"')
        key = re.findall(r'name="key" value="([^"]+)"', before)[-1]
        post(client, url(claimed, "desk-call"), {"key": key, "contact": str(contact.uid)})
    assert CallAttempt.objects.get().contact == contact


def test_a_bridged_call_tells_its_legs_and_then_asks_for_its_result(
    as_user, operator, claimed, now
):
    """The legs write nothing into the log: the line asks for itself, and stops when it is over."""
    client, words = as_user(operator), url(claimed, "desk-call") + "words/"
    with telephony.use(Line()):
        post(client, url(claimed, "desk-call"), {"key": "once"})
        call = CallAttempt.objects.get()
        page = text_of(client.get(f"/cases/{claimed.uid}/"))
        assert 'hx-trigger="every 2s"' in page
        for change, said in (
            ({"answered_at": now}, "1번을 누르면 연결합니다."),
            ({"bridged_at": now}, "상대의 전화가 울립니다."),
            ({"leg_status": "in-progress"}, "통화 중입니다. 끝나면 결과를 눌러 주세요."),
            ({"leg_status": "busy"}, "상대가 통화 중입니다. 결과를 눌러 주세요."),
        ):
            CallAttempt.objects.filter(pk=call.pk).update(**change)
            line = text_of(client.get(words))
            assert said in line
            assert "every 2s" in line
        calls.ended_by_company(call.pk, now=now)
        assert "every 2s" not in text_of(client.get(words))
        page = text_of(client.get(f"/cases/{claimed.uid}/"))
        assert "방금 통화의 결과를 눌러 주세요." in page
        assert 'tabindex="-1" data-focus' in page
        post(client, url(claimed, "call"), {"result": "busy", "key": "then"})
        page = text_of(client.get(f"/cases/{claimed.uid}/"))
        assert "방금 통화의 결과를 눌러 주세요." not in page


def test_an_absence_is_entered_in_place_and_the_case_stays(as_user, operator, claimed, now):
    client = as_user(operator)
    local = timezone.localtime(now)
    form = {
        "kind": "hospital",
        "source": "family",
        "starts_at": f"{local - DAY:%Y-%m-%dT%H:%M}",
        "ends_at": f"{local + 3 * DAY:%Y-%m-%dT%H:%M}",
    }
    wrong = {**form, "ends_at": form["starts_at"]}
    assert "돌아올 때가 떠난 때보다 뒤여야" in text_of(post(client, url(claimed, "absence"), wrong))
    page = text_of(post(client, url(claimed, "absence"), form, htmx=True))
    assert "부재를 적었습니다" in page
    assert "입원·병원" in page
    again = text_of(post(client, url(claimed, "absence"), form, htmx=True))
    assert "이미 적힌 부재와 날짜가 겹칩니다" in again
    claimed.refresh_from_db()
    assert claimed.is_open
    assert claimed.household.absences.get().kind == "hospital"


def test_the_119_sheet_shows_everything_to_whoever_asked_and_logs_it(
    as_user, operator, operator2, claimed
):
    client = as_user(operator)
    sheet = url(claimed, "emergency") + "sheet/"
    assert client.get(sheet).status_code == 404
    form = {"service": "both", "key": "once"}
    for _click in range(2):
        assert post(client, url(claimed, "emergency"), form).url == sheet
    assert claimed.events.filter(kind=EventKind.EMERGENCY_ASKED).count() == 1
    page = text_of(client.get(sheet))
    for words in (NAME, ADDRESS, "010-1234-5678", "건물 뒤 철제 계단", "김영희", "119와 112 함께"):
        assert words in page
    reasons = AccessLog.objects.filter(reason="119·112 신변확인 요청")
    assert {row.action for row in reasons} == {"revealed", "printed"}
    assert as_user(operator2).get(sheet).status_code == 404


def test_the_operator_stops_the_ai(as_user, operator, red):
    client = as_user(operator)
    assert "AI 전화 멈추기" in text_of(client.get(f"/cases/{red.uid}/"))
    page = text_of(post(client, url(red, "stop-ai"), htmx=True))
    assert "AI 전화를 멈추었습니다" in page
    assert "AI 전화 멈추기" not in page
    moving = Step.objects.filter(case=red, kind=StepKind.AI_CALL, state=StepState.PENDING)
    assert not moving.exists()
    assert red.events.filter(kind=EventKind.AI_STOPPED).count() == 1


def test_the_county_acts_on_a_case_only_when_the_telephone_brought_it(as_user, official, red, now):
    client = as_user(official)
    refused = text_of(post(client, url(red, "note"), {"text": "봅니다"}, htmx=True))
    assert "메모를 남겼습니다" in refused  # a note is everybody's
    assert "먼저 이 건을 맡아 주세요" in text_of(
        post(client, url(red, "call"), {"result": "busy"}, htmx=True)
    )
    actions.claim(case=red, by=official, now=now, called=True)
    page = text_of(post(client, url(red, "call"), {"result": "busy"}, htmx=True))
    assert "통화 결과를 기록했습니다" in page


# ── drills ───────────────────────────────────────────────────────────────────
def test_a_drill_is_marked_and_never_reaches_119(as_user, drill_home, official, operator, now):
    case = drills.open_drill(home=drill_home, by=official, now=now)
    assert case.drill
    assert case.events.filter(actor__isnull=False).count() == 0  # nobody is announced
    client = as_user(operator)
    assert "훈련" in text_of(client.get("/desk/queue/"))
    actions.claim(case=case, by=operator, now=now)
    page = text_of(client.get(f"/cases/{case.uid}/"))
    assert "119·112에는 요청하지 않습니다" in page
    assert 'id="act-emergency"' not in page
    with pytest.raises(Refused, match="훈련 건입니다"):
        actions.ask_emergency(case=case, by=operator, service="119", now=now)
    actions.record_call(case=case, by=operator, result="help", now=now)
    assert "바로 현장 출동을 보내" in (page := text_of(client.get(f"/cases/{case.uid}/")))
    assert "119에 먼저" not in page


def test_drills_are_counted_apart(as_user, drill_home, official, operator, red, now):
    case = drills.open_drill(home=drill_home, by=official, now=now)
    client = as_user(operator)
    wall = text_of(client.get("/wall/"))
    assert "훈련 중" in wall
    only, without = client.get("/cases/?drill=only"), client.get("/cases/?drill=no")
    assert case.number in text_of(only)
    assert case.number not in text_of(without)
    assert case.number in text_of(client.get("/drills/"))
    assert red.number not in text_of(client.get("/drills/"))


def test_no_drill_rings_a_resident(home, drill_home, official, operator, operator2, now):
    with pytest.raises(Refused, match="관제 중인 대상자"):
        drills.mark_home(household=home, by=official, now=now)
    with pytest.raises(Refused, match="군 담당자와 근무조장"):
        drills.open_drill(home=drill_home, by=operator, now=now)
    operator2.phone = "01000009999"
    operator2.save()
    with pytest.raises(Refused, match="직원 번호"):
        drills.open_drill(home=drill_home, by=official, now=now)
    assert not Case.objects.filter(drill=True).exists()


def test_the_pages_of_a_drill(as_user, drill_home, official, home):
    client = as_user(official)
    opened = client.post("/drills/open/", {"home": str(drill_home.household.uid)}, follow=True)
    assert "훈련 건" in text_of(opened)
    again = client.post("/drills/open/", {"home": str(drill_home.household.uid)}, follow=True)
    assert "아직 끝나지 않았습니다" in text_of(again)
    wrong = client.post("/drills/homes/", {"number": str(home.number)}, follow=True)
    assert "관제 중인 대상자" in text_of(wrong)


# ── the wall and the shift plan ──────────────────────────────────────────────
def test_the_wall_has_numbers_and_no_names(as_user, operator, claimed, jeongok, now):
    open_case(make_home(township=jeongok, now=now, name="라마바", phone="01055550001"), now=now)
    client = as_user(operator)
    page = text_of(client.get("/wall/"))
    for words in (NAME, MASKED, "라*바", claimed.number, "관지우"):
        assert words not in page.split('id="wall"')[1]
    assert "담당 없는 긴급" in page
    etag = client.get("/wall/")["ETag"]
    assert client.get("/wall/", headers={"If-None-Match": etag}).status_code == 304


def test_a_screen_locked_to_the_wall_opens_nothing_else(as_user, operator, home):
    client = as_user(operator)
    client.post("/wall/lock/")
    for path in ("/desk/", "/cases/", "/households/", "/me/"):
        answer = client.get(path)
        assert (answer.status_code, answer.url) == (302, "/wall/"), path
    assert client.get("/wall/").status_code == 200


def test_a_month_of_shifts_on_a_page(as_user, official, operator, operator2, now, frozen_clock):
    client = as_user(official)
    form = {
        "duty": "operator",
        "who": [str(operator.uid), str(operator2.uid)],
        "kind": "any",
        "since": "18:00",
        "until": "09:00",
        "first": "2026-07-02",
        "last": "2027-07-01",
    }
    done = text_of(client.post("/shifts/pattern/", form, follow=True))
    assert "근무 365개를 넣었습니다" in done
    month = text_of(client.get("/shifts/?month=2026-09"))
    assert "추석" in month
    assert "18:00–다음 날 09:00" in month
    assert "09:00–18:00" in month  # the hole of every day
    one = {"duty": "operator", "who": str(operator2.uid), "day": "2026-07-02"}
    clash = client.post("/shifts/add/", {**one, "since": "20:00", "until": "22:00"})
    assert clash.status_code == 422
    assert "이미 다른 근무가 있습니다" in text_of(clash)
    refused = as_user(operator).post("/shifts/add/", {**one, "since": "10:00", "until": "12:00"})
    assert "권한이 없습니다" in text_of(refused)
    assert "규칙으로 한꺼번에" not in text_of(as_user(operator).get("/shifts/"))


def test_the_month_costs_the_same_empty_and_full(as_user, official, operator, now, frozen_clock):
    from datetime import date, time

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from dispatch.shifts import actions as planning

    client = as_user(official)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/shifts/?month=2026-08").status_code == 200
        return len(seen)

    queries()
    empty = queries()
    pattern = planning.Pattern(
        duty="operator",
        people=(operator,),
        kind="any",
        since=time(9),
        until=time(18),
        first=date(2026, 8, 1),
        last=date(2026, 8, 31),
    )
    planning.plan_pattern(pattern=pattern, by=official, now=now)
    assert queries() == empty


def test_urgent_first_then_feeds_silent_together_then_hours_beyond(
    as_user, operator, jeongok, now, frozen_clock
):
    from dispatch.presenters.queue_shared import cases_in_order
    from monitoring.models import HouseholdState

    cases = {}
    for n, name in enumerate(("한자료", "두자료", "오래", "도움")):
        home = make_home(township=jeongok, now=now, name=name, phone=f"0105555{n:04d}")
        cases[name] = open_case(home, now=now - timedelta(minutes=9 - n), light="yellow")
    states = HouseholdState.objects
    one = states.filter(household=cases["한자료"].household)
    one.update(rests_on=["power"], evidence=2.0)
    two = states.filter(household=cases["두자료"].household)
    two.update(rests_on=["power", "app"], evidence=2.0)
    states.filter(household=cases["오래"].household).update(rests_on=["power"], evidence=6.0)
    Case.objects.filter(pk=cases["도움"].pk).update(priority=1100)
    order = [case.household.name for case in cases_in_order(operator, now=now)]
    assert order == ["도움", "두자료", "오래", "한자료"]
