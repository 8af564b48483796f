"""A county of a few homes with evidence of the month that is over, and a rule with plain points.

It is noon on 2026. 7. 1. in Seoul: "last month" is June.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.test import Client

from accounts import clock
from accounts.models import Township, User
from dispatch.tuning import deciding
from households.models import Household, RiskAssessment
from monitoring.models import EvidenceDay
from tests.cast import sign_in
from tests.households.factories import make_household

JUNE = date(2026, 6, 1)
CARD_ROWS = [
    {"budget": 2.7, "median_h": 7.0, "p90_h": 12.0, "missed": 0.03},
    {"budget": 1.0, "median_h": 10.0, "p90_h": 19.0, "missed": 0.01},
    {"budget": 0.32, "median_h": 14.0, "p90_h": 39.0, "missed": 0.03},
    {"budget": 0.1, "median_h": 22.0, "p90_h": 93.0, "missed": 0.09},
]


@dataclass
class PlainRule:
    """A rule whose points are easy to work out by hand: one alarm a month is evidence 1, twice
    as many half of it."""

    version: str = "plain-1"
    model: Any = field(
        default_factory=lambda: SimpleNamespace(card={"figures": {"as_given": CARD_ROWS}})
    )

    def point(self, alarms: float, *, power_only: bool = False) -> float:
        """Homes with electricity alone ring at twice the evidence of the others."""
        return (2 if power_only else 1) / alarms

    def span(self, *, power_only: bool = False) -> tuple[float, float]:
        """As the shipped card: of homes with electricity alone it knows less."""
        return (0.1, 2.7) if power_only else (0.02, 10.0)


@pytest.fixture
def rule(monkeypatch: pytest.MonkeyPatch) -> PlainRule:
    """The rule that decides."""
    plain = PlainRule()
    monkeypatch.setattr(deciding, "live", lambda: plain)
    return plain


@pytest.fixture(autouse=True)
def _noon(frozen_clock: clock.FrozenClock) -> None:
    """The clock stands."""


def put(
    household: Household, day: date, values: dict[int, float], *, rule: str = "plain-1"
) -> None:
    """Evidence of one day: 0 but for the hours named; an hour of NaN was not received."""
    hours = np.zeros(24, "<f4")
    for hour, value in values.items():
        hours[hour] = value
    EvidenceDay.objects.create(
        day=day, household_id=household.pk, rule=rule, evidence=hours.tobytes()
    )


def quiet_month(household: Household, loud: dict[tuple[int, int], float], **how: str) -> None:
    """June, and three days before it, at 0 but for {(day of June, hour): evidence}."""
    for nth in range(-3, 30):
        values = {hour: value for (day, hour), value in loud.items() if day == nth + 1}
        put(household, JUNE + timedelta(days=nth), values, **how)


@pytest.fixture
def three(jeongok: Township, baekhak: Township, now: datetime) -> list[Household]:
    """A high-risk home and two of nobody's group; alarms worked out in test_last_month."""
    homes = [
        make_household(township=jeongok, now=now),
        make_household(township=jeongok, now=now),
        make_household(township=baekhak, now=now),
    ]
    RiskAssessment.objects.create(
        household=homes[0],
        group="high",
        from_date=JUNE - timedelta(days=30),
        reason="시험",
        by=User.objects.get(username="household-maker"),
        recorded_at=now,
    )
    quiet_month(homes[0], {(5, 3): 4.0, (5, 20): 4.0, (12, 10): 12.0})
    quiet_month(homes[1], {(8, 23): 2.5})
    quiet_month(homes[2], {})
    return homes


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    return lambda user: sign_in(Client(), user)


def text_of(response: Any) -> str:
    return str(response.content.decode())
