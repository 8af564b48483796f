"""The county of these tests, at noon on 2026. 7. 20."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from accounts import clock
from accounts.models import User
from accounts.roles import Role
from reports.models import PledgeCard
from tests.cast import NOON, grant, make_person
from tests.dispatch.world import set_light
from tests.keeping import rows_kept
from tests.reports.county import County


@pytest.fixture
def card(db: None) -> PledgeCard:
    call_command("load_pledge_card", verbosity=0)
    return PledgeCard.objects.get()


LATER = NOON + timedelta(days=19)
"""The month of the tests has had some days."""


@pytest.fixture
def later(frozen_clock: clock.FrozenClock) -> datetime:
    frozen_clock.move_to(LATER)
    return LATER


@pytest.fixture
def county(later: datetime, operator: User, responder: User) -> County:
    return make_county(operator, responder)


@pytest.fixture(scope="module")
def one_county(django_db_setup: None, django_db_blocker: Any) -> Iterator[County]:
    """Made once for the tests of a file, each of which leaves it as it was."""

    def make() -> County:
        operator, responder = make_person("operator"), make_person("responder")
        grant(operator, Role.CONTROL_OPERATOR)
        grant(responder, Role.RESPONDER)
        with clock.freeze(LATER):
            return make_county(operator, responder)

    with rows_kept(make, django_db_blocker) as county:
        yield county


def make_county(operator: User, responder: User) -> County:
    """Homes in four townships under every light, and cases that came to every end."""
    made, now = County(operator, responder), LATER
    towns, lights = ("전곡읍", "신서면", "백학면"), ("red", "yellow", "grey", "green")
    homes = [made.home(towns[at % 3], None, now=now) for at in range(11)]
    made.every_end(homes, now=now)
    for at, home in enumerate(homes):  # closing a case confirms life: lights come after it
        set_light(home, lights[at % 4], now=now)
    made.home("신서면", None, now=now)
    made.home("연천읍", "green", now=now, state="learning")
    made.home("연천읍", None, now=now, state="applied")
    made.home("연천읍", "green", now=now, state="paused")
    made.home("전곡읍", "red", now=now, state="ended")
    return made
