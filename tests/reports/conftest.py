"""The county of these tests, at noon on 2026. 7. 20."""

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command

from accounts import clock
from accounts.models import User
from reports.models import PledgeCard
from tests.reports.county import County


@pytest.fixture
def card(db: None) -> PledgeCard:
    call_command("load_pledge_card", verbosity=0)
    return PledgeCard.objects.get()


@pytest.fixture
def later(now: datetime, frozen_clock: clock.FrozenClock) -> datetime:
    """The month of the tests has had some days."""
    at = now + timedelta(days=19)
    frozen_clock.move_to(at)
    return at


@pytest.fixture
def county(later: datetime, operator: User, responder: User) -> County:
    """Fifteen homes in three townships under every light, and cases that came to every end."""
    made = County(operator, responder)
    lights = ("red", "yellow", "grey", None, "green")
    homes = [
        made.home(("전곡읍", "신서면", "백학면")[at % 3], lights[at % 5], now=later)
        for at in range(11)
    ]
    made.home("연천읍", "green", now=later, state="learning")
    made.home("연천읍", None, now=later, state="applied")
    made.home("연천읍", "green", now=later, state="paused")
    made.home("전곡읍", "red", now=later, state="ended")
    made.every_end(homes, now=later)
    return made
