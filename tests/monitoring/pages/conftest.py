"""A home with sixty days of readings, at the time of the test."""

from typing import Any

import pytest

from households.models import Household
from tests.households.factories import make_household
from tests.monitoring.pages import rows


@pytest.fixture(autouse=True)
def _at(frozen_clock: Any) -> None:
    """At the time of the test."""


@pytest.fixture
def home(db: None, now: Any, clerk_jeongok: Any) -> Household:
    """A home of 전곡읍 with meter, line and app; sixty usual days of power."""
    made = make_household(meter="M-1", line="L-1", device="D-1", clerk=clerk_jeongok, now=now)
    rows.fill(made, rows.usual(), now)
    return made


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())
