"""The county of these tests, at noon on 2026. 7. 20."""

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command

from accounts import clock
from accounts.models import User
from reports.models import PledgeCard
from tests.dispatch.world import set_light
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
    """Homes in four townships under every light, and cases that came to every end."""
    made = County(operator, responder)
    towns, lights = ("전곡읍", "신서면", "백학면"), ("red", "yellow", "grey", "green")
    homes = [made.home(towns[at % 3], None, now=later) for at in range(11)]
    made.every_end(homes, now=later)
    for at, home in enumerate(homes):  # closing a case confirms life: lights come after it
        set_light(home, lights[at % 4], now=later)
    made.home("신서면", None, now=later)
    made.home("연천읍", "green", now=later, state="learning")
    made.home("연천읍", None, now=later, state="applied")
    made.home("연천읍", "green", now=later, state="paused")
    made.home("전곡읍", "red", now=later, state="ended")
    return made
