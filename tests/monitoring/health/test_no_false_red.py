"""A dead network silences a street: one incident, and nobody's light turns red by it."""

from datetime import date, timedelta

import numpy as np
import pytest

from monitoring import incidents, scoring
from monitoring.models import FeedIncident, HouseholdState
from tests.monitoring.health.world import arrived, homes, seoul, store

FIRST = date(2026, 4, 27)  # 66 days up to and with 2026-07-01
DAYS = 66
HOUR = timedelta(hours=1)


def talking(seed: int) -> np.ndarray:
    """(DAYS, 24) of somebody who uses the telephone every waking hour."""
    hour = np.arange(24)
    usual = np.where((hour >= 7) & (hour < 23), 0.9, 0.03)
    draw = np.random.default_rng(seed).random((DAYS, 24))
    return (draw < usual).astype(np.float32)


@pytest.fixture
def street(db, jeongok):
    """Twenty people whose telephones all fall silent on 2026-06-29 at 09:00 for two days."""
    found = homes(20, feed="telecom", township=jeongok)
    for seed, home in enumerate(found):
        calls = talking(seed)
        calls[63, 9:] = calls[64] = 0
        calls[65] = np.nan
        for metric in ("calls_out", "sms_out", "calls_in", "data_mb"):
            store(home, metric, calls if metric == "calls_out" else 0 * calls, first=FIRST)
    arrived("telecom", seoul(1))
    return found


def lit() -> int:
    return HouseholdState.objects.filter(light__in=["yellow", "red"]).count()


@pytest.mark.django_db
def test_an_outage_of_a_township_lights_nobody(street):
    at = seoul(1, 6)
    incidents.check(now=at)
    incident = FeedIncident.objects.get()
    assert incident.feed == "telecom"
    assert seoul(29, 9, month=6) <= incident.first_hour <= seoul(29, 11, month=6)
    scoring.score(now=at)
    assert lit() == 0


@pytest.mark.django_db
def test_without_knowing_of_it_the_same_silence_lights_them(street):
    scoring.score(now=seoul(1, 6))
    assert lit() >= 15
