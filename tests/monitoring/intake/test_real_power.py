"""Real readings of real homes (outside the repository) go through the whole path.

British homes of unknown size, not Korean one-person households, and nothing happened in them.
"""

import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from households.models import Household
from monitoring import scoring
from monitoring.models import HouseholdState
from monitoring.presenters import heat
from tests.households.factories import make_household
from tests.monitoring.files import deliver

END = datetime(2026, 11, 15, 15, tzinfo=UTC)  # midnight in Seoul after the last reading
HOMES = 12


@pytest.fixture
def real_power() -> bytes:
    """The file as a partner sent it; PORTAL_REAL_POWER names it where it lies elsewhere."""
    beside = Path(settings.BASE_DIR).parent / "shared/data/power_real.csv.gz"
    path = Path(os.environ.get("PORTAL_REAL_POWER") or beside)
    if not path.is_file():
        pytest.skip(f"no real readings at {path} (PORTAL_REAL_POWER names another place)")
    return path.read_bytes()


@pytest.fixture
def linked(db, real_power) -> list[Household]:
    """Households for the first meters of the file; the others stay unknown."""
    lines = gzip.decompress(real_power).decode().splitlines()[1:]
    meters = sorted({line.partition(",")[0] for line in lines})[:HOMES]
    return [make_household(meter=meter, now=END, since=timedelta(days=95)) for meter in meters]


def test_real_homes_get_lights_and_maps(real_power, linked):
    receipt = deliver(real_power, now=END, filename="power_real.csv.gz").receipt()
    assert receipt["rows"] == 96071
    assert receipt["rejected"] == 0
    assert receipt["accepted"] + receipt["unknown"] == receipt["rows"]
    assert receipt["accepted"] > 20_000
    again = deliver(real_power, now=END)
    assert (again.accepted, again.unchanged) == (0, receipt["accepted"])
    assert scoring.score(now=END).scored == HOMES
    states = HouseholdState.objects.all()
    assert states.count() == HOMES
    assert all(state.reasons for state in states)
    assert heat.of(linked[0], states.get(household=linked[0]), now=END).any_data
