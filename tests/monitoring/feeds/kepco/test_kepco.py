"""KEPCO's file: hours and quarters of an hour of one meter."""

import pytest

from monitoring import feeds
from monitoring.models import SignalDay
from tests.households.factories import make_household
from tests.monitoring.files import deliver, quarters, slots
from tests.monitoring.intake.test_intake import HOUR

pytestmark = pytest.mark.django_db
CONNECTOR = feeds.connector("power")


def test_what_it_says_of_itself():
    assert CONNECTOR.names == ("meter_id", "read_at", "kwh")
    assert [column.alias for column in CONNECTOR.columns] == ["고객번호", "검침일시", "사용량"]
    assert CONNECTOR.metrics == ("power",)
    assert CONNECTOR.stored == ("power", "power@00", "power@15", "power@30", "power@45")


def test_its_example_is_a_file():
    make_household(meter="0123456789")
    head = ",".join(column.alias for column in CONNECTOR.columns)
    row = ",".join(column.example for column in CONNECTOR.columns)
    from tests.monitoring.feeds import LATER

    assert deliver(f"{head}\n{row}\n".encode(), now=LATER).accepted == 1


def test_quarters_are_kept_beside_their_hour():
    home = make_household(meter="M-1")
    deliver(quarters("M-1", HOUR, [0.1, 0.2, 0.3, 0.4]))
    kept = SignalDay.objects.filter(household_id=home.pk).order_by("metric")
    assert list(kept.values_list("metric", flat=True)) == list(CONNECTOR.stored)
    assert slots(home.pk)[HOUR.hour] == 1.0


@pytest.mark.parametrize(("kwh", "accepted"), [(50, 1), (50.1, 0)])
def test_a_fuse_carries_fifty_kwh_an_hour(kwh, accepted):
    make_household(meter="M-1")
    assert deliver([("M-1", "2026-06-30 05:00", kwh)]).accepted == accepted
