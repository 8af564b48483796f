"""Rows of the watch as the scoring and the intake leave them, made by hand: pages read rows."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from households.days import day_start, local_day
from households.models import Household
from monitoring import hours
from monitoring.models import (
    Assessment,
    Delivery,
    EvidenceDay,
    FeedIncident,
    HouseholdState,
    IntakeDay,
    SignalDay,
)
from monitoring.partitions import ensure_partitions
from monitoring.scoring import memory
from monitoring.scoring.rule import rules

HOUR = timedelta(hours=1)
RULE = "trees-test"
YELLOW, RED = -2.0, 1.0
YELLOW_ALARMS, RED_ALARMS = 0.32, 0.10
FIGURES = {
    "share": {"power": 0.62, "phone": 0.38, "steps": 0.0},
    "silent": {"power": 26.0, "line": 29.0},
    "lacking": ["app"],
}
REASONS = [
    "전력: 6. 29.(월) 22시 이후 사람이 쓴 흔적이 없습니다.",
    "평소 7시쯤에는 열 번에 아홉 번은 움직임이 있었는데 이번에는 2번 모두 없었습니다.",
]


def usual(days: int = 60, seed: int = 1) -> np.ndarray:
    """(days, 24) kWh of a home: a fridge, mornings, evenings."""
    made = np.random.default_rng(seed)
    power = 0.05 + 0.01 * made.random((days, 24))
    power[:, 6:9] += 0.3 * made.random((days, 3)) + 0.1
    power[:, 18:22] += 0.5 * made.random((days, 4)) + 0.2
    return power.astype(np.float32)


def fill(household: Household, values: np.ndarray, now: datetime, metric: str = "power") -> None:
    """(days, 24) values whose last day is today; today's hours from now on have not come."""
    today = local_day(now)
    first = today - timedelta(days=len(values) - 1)
    ensure_partitions(first, today)
    values = values.astype("<f4").copy()
    hour = int((now - _midnight(now)) // HOUR)
    values[-1, hour:] = np.nan
    SignalDay.objects.bulk_create(
        SignalDay(
            day=first + timedelta(days=i),
            household_id=household.pk,
            metric=metric,
            values=day.tobytes(),
        )
        for i, day in enumerate(values)
        if np.isfinite(day).any()
    )


def _midnight(now: datetime) -> datetime:
    return day_start(local_day(now))


def state(household: Household, light: str, now: datetime, **fields: Any) -> HouseholdState:
    """The state of a home, with the assessment it came from."""
    silent = timedelta(hours=fields.pop("silent_hours", 1))
    inputs = fields.pop("inputs", {})
    rests_on = fields.pop("rests_on", ["power"])
    common = {"light": light, "reasons": fields.pop("reasons", REASONS), "rule_version": RULE}
    found = Assessment.objects.create(
        household=household,
        at=now,
        evidence=0.0,
        silence_hours=silent / HOUR,
        point_yellow=YELLOW,
        point_red=RED,
        inputs=inputs,
        inputs_digest="0" * 64,
        rests_on=rests_on,
        **common,
    )
    values = {
        "since": now - timedelta(hours=2),
        "last_sign_at": now - silent,
        "computed_at": now,
        "data_until": now,
        "days_learned": 60,
        "rests_on": rests_on,
        "assessment": found,
        **common,
        **fields,
    }
    row, _made = HouseholdState.objects.update_or_create(household=household, defaults=values)
    return row


def evidence(household: Household, values: np.ndarray, now: datetime) -> None:
    """(days, 24) evidence whose last day is today, on a scale where YELLOW and RED are the lines.

    As the scoring leaves it: days that are over as rows, the hours of today in the memory.
    """
    live = rules().live
    yellow, red = live.point(YELLOW_ALARMS), live.point(RED_ALARMS)
    values = yellow + (values - YELLOW) / (RED - YELLOW) * (red - yellow)
    first = local_day(now) - timedelta(days=len(values) - 1)
    EvidenceDay.objects.bulk_create(
        EvidenceDay(
            day=first + timedelta(days=i),
            household_id=household.pk,
            rule=live.version,
            evidence=day.astype("<f4").tobytes(),
        )
        for i, day in enumerate(values[:-1])
    )
    passed = int((now - _midnight(now)) // HOUR)
    kept = memory.blank(1)
    kept["hot"]["ring_evidence"][0] = values[-1]
    came = np.isfinite(values[-1, :passed])
    kept["received"] = sum(1 << (passed - 1 - hour) for hour in np.flatnonzero(came).tolist())
    memory.put(np.array([household.pk]), kept, np.array([hours.hour_of(now)]))


def incident(feed: str = "power", **fields: Any) -> FeedIncident:
    given = {"kind": "late", "households": 14, "feed": feed, **fields}
    given.setdefault("opened_at", given["first_hour"] + 3 * HOUR)
    return FeedIncident.objects.create(**given)


def delivery(now: datetime, **fields: Any) -> Delivery:
    given = {
        "feed": "power",
        "source": "api",
        "state": "accepted",
        "sha256": "0" * 64,
        "filename": "power.csv",
        "received_at": now,
        "data_until": now - HOUR,
        "rows": 24,
        "accepted": 24,
        "seconds": 0.1,
    }
    return Delivery.objects.create(**{**given, **fields})


def intake_day(township: Any, day: Any, now: datetime, **fields: Any) -> IntakeDay:
    given = {
        "feed": "power",
        "households": 4,
        "complete": 3,
        "hours_expected": 96,
        "hours_received": 90,
        "computed_at": now,
    }
    return IntakeDay.objects.create(day=day, township=township, **{**given, **fields})
