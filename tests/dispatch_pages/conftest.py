"""One home of 전곡읍 with an open case, at noon on 2026. 7. 1. (the clock stands)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts import clock
from accounts.models import Township, User
from dispatch import actions, opening
from dispatch.models import Case, Visit
from households.actions import ContactInput
from households.models import Household
from monitoring.models import Assessment, HouseholdState
from tests.cast import sign_in
from tests.households.factories import make_household

NAME, MASKED = "김영수", "김*수"
PHONE, ADDRESS = "01012345678", "경기도 연천군 전곡읍 은대리 12-8 2층 왼쪽 문"
REASONS = ["전력이 31시간 조용합니다 (평소 가장 긴 침묵 11시간)"]


@pytest.fixture
def home(jeongok: Township, now: datetime, frozen_clock: clock.FrozenClock) -> Household:
    return make_home(township=jeongok, now=now)


def make_home(*, township: Township, now: datetime, **person: Any) -> Household:
    values: dict[str, Any] = {"name": NAME, "phone": PHONE, "address": ADDRESS, **person}
    sister = ContactInput(
        name="김영희",
        phone="01099990001",
        relation="family",
        may_be_told="situation",
        hours="anytime",
    )
    return make_household(
        township=township,
        now=now,
        contacts=[sister],
        access_note="건물 뒤 철제 계단",
        dog="마당에 개 1마리",
        **values,
    )


def open_case(
    home: Household, *, now: datetime, light: str = "red", reasons: list[str] = REASONS
) -> Case:
    """A case with its assessment, as the engine opens it."""
    found = assess(home, light=light, now=now, reasons=reasons)
    return opening.open_new(household=home, light=light, now=now, assessment=found)


def assess(
    home: Household, *, light: str, now: datetime, reasons: list[str] = REASONS
) -> Assessment:
    found = Assessment.objects.create(
        household=home,
        at=now,
        light=light,
        reasons=reasons,
        rule_version="2026-3",
        **_numbers(Assessment),
    )
    HouseholdState.objects.update_or_create(
        household=home,
        defaults={
            "light": light,
            "reasons": reasons,
            "last_sign_at": now - timedelta(hours=31, minutes=5),
            "computed_at": now,
            "data_until": now,
            "rule_version": "2026-3",
            "since": now,
            "assessment": found,
            **_numbers(HouseholdState),
        },
    )
    return found


def _numbers(model: Any) -> dict[str, Any]:
    """Whatever measures the model has, with a value that fits."""
    names = {field.name for field in model._meta.fields}
    values = {"evidence": 3.2, "silence_hours": 31.0, "point_yellow": 2.0, "point_red": 3.0}
    return {name: value for name, value in values.items() if name in names}


@pytest.fixture
def red(home: Household, now: datetime) -> Case:
    """A red case that nobody has."""
    return open_case(home, now=now)


@pytest.fixture
def claimed(red: Case, operator: User, now: datetime) -> Case:
    return actions.claim(case=red, by=operator, now=now)


@pytest.fixture
def visit(claimed: Case, operator: User, responder: User, now: datetime) -> Visit:
    return actions.send_responder(case=claimed, responder=responder, by=operator, now=now)


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    """as_user(operator).get("/desk/")"""
    return lambda user: sign_in(Client(), user)


def post(
    client: Client, url: str, data: dict[str, Any] | None = None, *, htmx: bool = False
) -> Any:
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(url, data or {}, headers=headers)


def text_of(response: Any) -> str:
    return str(response.content.decode())
