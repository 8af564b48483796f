"""A feed out of order, and a case that waits for it: for the tests of the gates."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from dispatch import calls
from dispatch.models import CallAttempt, Case
from dispatch.rules import EventKind
from households.models import Household
from monitoring import scoring
from monitoring.models import FeedIncident
from tests.dispatch.world import MINUTE, fresh, set_light, sweep

HOUR = timedelta(hours=1)
POWER = ("power",)


def trouble(now: datetime, *, feed: str = "power", home: Household | None = None) -> FeedIncident:
    """The feed of the county, or of this home's township, is out of order."""
    return FeedIncident.objects.create(
        feed=feed,
        kind="outage" if home else "late",
        township=home.township if home else None,
        first_hour=now - HOUR,
        opened_at=now,
    )


def over(incident: FeedIncident, at: datetime) -> None:
    incident.last_hour, incident.closed_at = incident.first_hour, at
    incident.save()


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[int]]:
    """checked("green"): scoring will find this light; returns the homes it was asked about."""
    asked: list[int] = []

    def will_find(light: str) -> list[int]:
        def score(*, now: datetime, household_ids: list[int]) -> None:
            asked.extend(household_ids)
            for home in Household.objects.filter(pk__in=household_ids):
                set_light(home, light, now=now, rests_on=POWER)

        monkeypatch.setattr(scoring, "score", score)
        return asked

    return will_find


@pytest.fixture
def held(home, now, quiet_line) -> Case:
    """A yellow case that rests on electricity, called once without an answer, and then held."""
    set_light(home, "yellow", now=now, rests_on=POWER)
    sweep(now)
    case = Case.objects.get()
    calls.ended_by_company(CallAttempt.objects.get().pk, now=now + MINUTE)
    trouble(now + 2 * MINUTE)
    sweep(now + 2 * MINUTE)
    assert fresh(case).is_held
    return fresh(case)


def freed(case: Case) -> list[str]:
    """Why its holds ended, in order."""
    rows = case.events.filter(kind=EventKind.FEED_RELEASED).order_by("id")
    return [data["reason"] for data in rows.values_list("data", flat=True)]
