"""The care app's file: events, from which hours are made."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from monitoring import actions, feeds
from monitoring.intake import keeping
from monitoring.models import RawReading, SignalDay
from tests.cast import NOON
from tests.households.factories import make_household
from tests.monitoring.feeds import LATER
from tests.monitoring.files import csv, deliver

pytestmark = pytest.mark.django_db
CONNECTOR = feeds.connector("app")
HEADER = "device_id,at,event,value"


@pytest.fixture
def home():
    return make_household(device="D-1")


def send(*events: tuple, now=NOON):
    rows = [("D-1", f"2026-06-30 {at}", *rest) for at, *rest in events]
    return deliver(csv(rows, HEADER), feed="app", now=now)


def hour(home, number: int) -> dict:
    """{metric: value} of an hour, without what was not received."""
    rows = SignalDay.objects.filter(household_id=home.pk)
    values = {row.metric: float(np.frombuffer(row.values, "<f4")[number]) for row in rows}
    return {metric: value for metric, value in values.items() if value == value}


def test_its_example_is_a_file():
    make_household(device="D-000123")
    head = ",".join(column.alias for column in CONNECTOR.columns)
    row = ",".join(column.example for column in CONNECTOR.columns)
    assert deliver(f"{head}\n{row}\n".encode(), feed="app", now=LATER).accepted == 1


def test_events_become_the_hour(home):
    delivery = send(
        ("05:01:00", "unlock", ""),
        ("05:02:00", "unlock", ""),
        ("05:02:00", "screen_on", ""),
        ("05:10:00", "steps", 120),
        ("05:50:00", "steps", 30),
        ("05:20:00", "battery", 81),
        ("05:40:00", "battery", 79),
        ("05:30:00", "charging_on", ""),
        ("05:31:00", "charging_off", ""),
    )
    assert delivery.accepted == 9
    assert hour(home, 5) == {
        "unlock": 2,
        "screen_on": 1,
        "steps": 150,
        "battery": 79,
        "charging": 2,
        "heartbeat": 0,
    }


def test_an_hour_with_a_heartbeat_alone_is_received_and_silent(home):
    send(("05:00:00", "heartbeat", ""))
    assert hour(home, 5) == {
        "unlock": 0,
        "screen_on": 0,
        "steps": 0,
        "charging": 0,
        "heartbeat": 1,
    }
    assert hour(home, 6) == {}


def test_the_same_events_again_are_not_added(home):
    events = [("05:01:00", "unlock", ""), ("05:10:00", "steps", 120)]
    send(*events)
    assert send(*events).unchanged == 2
    assert send(events[1], ("05:20:00", "steps", 5)).accepted == 1
    assert hour(home, 5)["steps"] == 125
    assert send(("05:10:00", "steps", 100)).corrected == 1
    assert hour(home, 5)["steps"] == 105


@pytest.mark.parametrize(
    ("event", "column"),
    [
        (("05:00:00", "dance", ""), "event"),
        (("05:00:00", "steps", ""), "value"),
        (("05:00:00", "steps", -5), "value"),
        (("05:00:00", "steps", 60_000), "value"),
        (("05:00:00", "steps", 0.5), "value"),
        (("05:00:00", "battery", 101), "value"),
        (("05:99:00", "unlock", ""), "at"),
    ],
)
def test_a_bad_event_is_rejected_alone(home, event, column):
    delivery = send(event, ("06:00:00", "UNLOCK", "yes"))
    assert (delivery.accepted, delivery.rejected) == (1, 1)
    assert delivery.errors[0]["column"] == column


def test_of_the_running_hour_nothing_is_known_yet(home):
    now = datetime(2026, 6, 30, 5, 40, tzinfo=UTC) - timedelta(hours=9)
    assert send(("05:30:00", "unlock", ""), now=now).data_until == now.replace(minute=0)
    assert send(("04:30:00", "unlock", ""), now=now).data_until == now.replace(minute=0)


def test_events_within_one_second_are_several(home):
    """Telephones tell microseconds; two unlocks of one second are two."""
    rows = [(f"05:01:00.{part}", "unlock", "") for part in ("1", "100001", "2000009+09:00")]
    delivery = send(*rows, ("05:01:00", "unlock", ""), ("05:01:00.25", "steps", 3))
    assert (delivery.accepted, delivery.rejected) == (5, 0)
    assert hour(home, 5)["unlock"] == 4
    assert send(*rows[:2]).unchanged == 2
    assert send(("05:01:00.100000", "unlock", "")).unchanged == 1
    many = [(f"06:00:{n:02}.{n:03}", "steps", n) for n in range(60)]
    twice = send(*many, *many, *[(f"06:01:{n:02}", "steps", 0) for n in range(10)])
    assert (twice.accepted, twice.unchanged) == (70, 60)
    assert hour(home, 6)["steps"] == sum(range(60))


def test_events_go_after_35_days_and_their_hours_stay(home):
    send(("05:01:00", "unlock", ""), ("05:10:00", "steps", 120))
    assert keeping.forget_old(now=NOON + timedelta(days=33)) == 0
    assert keeping.forget_old(now=NOON + timedelta(days=37)) == 2
    assert not RawReading.objects.exists()
    assert hour(home, 5)["steps"] == 120
    for minute in (20, 30):
        later = send((f"05:{minute}:00", "steps", 7), now=NOON + timedelta(days=40))
        assert (later.accepted, later.unchanged) == (0, 1)
        assert hour(home, 5)["steps"] == 120, "what the hour was made of is gone: it stays"
    assert not RawReading.objects.exists()
    assert send(("06:20:00", "steps", 7), now=NOON + timedelta(days=40)).accepted == 1
    assert hour(home, 6)["steps"] == 7


def test_withdrawal_forgets_everything_of_the_feed(home):
    other = make_household(device="D-2", meter="M-2")
    send(("05:01:00", "unlock", ""))
    deliver(csv([("D-2", "2026-06-30 05:00", "unlock", "")], HEADER), feed="app")
    actions.purge(household=home, metric="app")
    assert hour(home, 5) == {}
    assert hour(other, 5)["unlock"] == 1
    assert RawReading.objects.count() == 1
