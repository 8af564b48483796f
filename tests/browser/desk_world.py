"""What the pictures of the operator's guide show: a desk with work on it, a month of shifts with
one hole, a drill that was held."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from accounts.roles import Role
from dispatch import actions, answers, drills, machine
from dispatch.models import CallAttempt, Case
from dispatch.shifts import actions as planning
from households.actions import ContactInput
from monitoring.models import FeedIncident
from tests.dispatch_pages.conftest import make_home, open_case
from tests.households.factories import make_household
from tests.monitoring.pages.rows import fill, usual

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SILENT_H = 31
OTHERS: tuple[tuple[str, str, int, str], ...] = (
    ("이서준", "yellow", 14, "저녁에 쓰던 전기와 전화가 10시간째 없습니다"),
    ("최민호", "yellow", 22, "통신이 12시간 조용합니다 (전력은 평소와 같음)"),
    ("정다은", "red", 38, "전화와 앱이 27시간 조용합니다 (평소 9시간)"),
)


def put_work_on_the_desk(first: Case, operator2: Any, *, now: datetime) -> None:
    """Three more cases, a cry for help among them, the readings of the first, and an incident."""
    for n, (name, light, ago, why) in enumerate(OTHERS):
        home = make_home(
            township=first.household.township, now=now, name=name, phone=f"0105555{n:04d}"
        )
        case = open_case(home, now=now - timedelta(minutes=ago), light=light, reasons=[why])
        if light == "red":
            say(case, "다리가 아파서 못 일어나겠어", now=now - timedelta(minutes=ago - 1))
            actions.claim(case=case, by=operator2, now=now)
    values = usual()
    values.reshape(-1)[-(24 - 12 + SILENT_H) :] = 0.05
    fill(first.household, values, now)
    FeedIncident.objects.create(
        feed="telecom", kind="late", first_hour=now - 3 * HOUR, opened_at=now, households=12
    )


def say(case: Case, words: str, *, now: datetime) -> None:
    """The resident's words in an AI call of this case."""
    call = CallAttempt.objects.create(
        case=case,
        household=case.household,
        token=f"said-{case.pk}",
        created_at=now,
        status="completed",
        ended_at=now,
    )
    heard = answers.understand("", words, confidence=0.86)
    with transaction.atomic():
        answers.take(machine.lock(case.pk), call, heard, now=now)


def plan_a_month(person: Any, official: Any, *, now: datetime) -> None:
    """Day and night of July for every duty; one night of the operators is free, and one of them
    has not proved a telephone yet."""
    names = ("한지민", "오세훈", "문가영", "배도현")
    operators = [
        person(f"guide-{n}", Role.CONTROL_OPERATOR, name=name) for n, name in enumerate(names)
    ]
    operators[3].phone_verified_at = None
    operators[3].save(update_fields=["phone_verified_at"])
    nights = (time(18), time(9))
    for duty, who, hours, days in (
        ("operator", operators[:2], (time(9), time(18)), (2, 31)),
        ("shift_lead", operators[2:], (time(9), time(9)), (2, 31)),
        ("operator", operators[1::-1], nights, (2, 4)),
        ("operator", operators[1::-1], nights, (6, 31)),
        ("county_official", [official], (time(9), time(9)), (2, 31)),
    ):
        wanted = planning.Pattern(
            duty=duty,
            people=tuple(who),
            kind="any",
            since=hours[0],
            until=hours[1],
            first=date(2026, 7, days[0]),
            last=date(2026, 7, days[1]),
        )
        planning.plan_pattern(pattern=wanted, by=official, now=now)


def hold_a_drill(official: Any, operator: Any, operator2: Any, township: Any, *, now: datetime):
    """One drill, opened a week ago and closed within the hour."""
    friend = ContactInput(
        name="훈련 연락처",
        phone=official.phone,
        relation="family",
        may_be_told="situation",
        hours="anytime",
    )
    household = make_household(
        township=township,
        now=now - 8 * DAY,
        name="훈련이",
        phone=operator2.phone,
        contacts=[friend],
        state="applied",
    )
    at = now - 7 * DAY
    home = drills.mark_home(household=household, by=official, now=at)
    case = drills.open_drill(home=home, by=official, now=at)
    actions.claim(case=case, by=operator, now=at + timedelta(seconds=41))
    called = at + timedelta(seconds=95)
    actions.record_call(case=case, by=operator, result="safe", now=called)
    actions.close(
        case=case,
        by=operator,
        reason="test",
        evidence_kind="spoke",
        note="훈련",
        now=at + timedelta(minutes=6),
    )
