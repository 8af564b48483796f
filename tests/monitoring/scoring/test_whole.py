"""With the telephone missing a quiet home is asked (yellow), and nobody is sent to it (red)."""

from datetime import timedelta

import numpy as np
import pytest

from monitoring import schedules, scoring
from monitoring.scoring.frame import Frame
from tests.households.factories import make_household
from tests.monitoring.scoring.lives import POWER, TELECOM, Life, put, state_of

pytestmark = pytest.mark.django_db
QUIET = 72  # hours, longer than any backstop lets pass


def quiet(*, without_telephone: int) -> Life:
    """Everything is quiet for QUIET hours to noon; of the last so many no telephone is known."""
    life = Life(metrics=POWER + TELECOM, seed=3)
    first = life.days * 24 - 12 - QUIET
    life.quiet(first // 24, first % 24)
    for metric in TELECOM:
        values = life.values[metric].reshape(-1)
        values[life.days * 24 - 12 - without_telephone :] = np.nan
    return life


@pytest.fixture
def hourly(monkeypatch):
    monkeypatch.setattr(schedules, "schedule", lambda feed, *, now: schedules.default("power"))


def test_red_does_not_begin_while_the_telephone_is_missing(now, hourly):
    heard, missing = (make_household(meter=f"M-{n}", line=f"L-{n}", now=now) for n in range(2))
    put(heard, quiet(without_telephone=0), now)
    put(missing, quiet(without_telephone=QUIET - 4), now)
    scoring.score(now=now)
    assert state_of(heard).light == "red"
    assert state_of(missing).light == "yellow"


def test_a_daily_delivery_is_waited_for_as_long_as_it_takes(now):
    power, phone = Frame.at(now).patience
    telecom = schedules.schedule("telecom", now=now)
    assert telecom.every == "daily"
    assert power < 12
    assert phone >= 24 + telecom.daily_at.hour + telecom.grace / timedelta(hours=1)
