"""Whatever files come in whatever order: the table and every count are those of a simple model.

The model is a dictionary: the last file that says something about a reading is right; a file that
contradicts itself about one says nothing about it.
"""

from collections import Counter
from datetime import datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.models import Delivery, RawReading, SignalDay
from tests.households.factories import make_household
from tests.monitoring.files import csv, deliver

pytestmark = pytest.mark.django_db
RELAXED = settings(max_examples=40)
BEGIN = datetime(2026, 5, 31, 20)  # four hours before a day, a month and a partition begin
NAMES = ("accepted", "unchanged", "corrected", "rejected", "unknown", "no_consent")


@pytest.fixture
def homes():
    """Two that may be kept, one whose consent was withdrawn; a fourth id is unknown."""
    found = {
        name: make_household(meter=f"M-{name}", line=f"L-{name}", device=f"D-{name}")
        for name in "ab"
    }
    make_household(meter="M-c", line="L-c", device="D-c", consents=["collection"])
    return {name: home.pk for name, home in found.items()}


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM monitoring_signalday; DELETE FROM monitoring_rawreading")


def expected(state: dict, file: list[tuple]) -> Counter:
    """Counts of one file of (who, key, value), and the state after it."""
    said: dict = {}
    for who, key, value in file:
        said.setdefault((who, key), []).append(value)
    counts: Counter = Counter()
    for (who, key), values in said.items():
        if len(set(values)) > 1:
            counts["rejected"] += len(values)
        elif who == "c":
            counts["no_consent"] += len(values)
        elif who == "d":
            counts["unknown"] += len(values)
        else:
            old = state.get((who, key))
            kind = "accepted" if old is None else "corrected" if old != values[0] else "unchanged"
            counts[kind] += 1
            counts["unchanged"] += len(values) - 1
            state[who, key] = values[0]
    return counts


def counted(delivery: Delivery) -> Counter:
    assert delivery.rows == sum(getattr(delivery, name) for name in NAMES)
    return Counter({name: getattr(delivery, name) for name in NAMES if getattr(delivery, name)})


def kept(metric: str) -> dict:
    """{(household, hour since BEGIN): value} of everything in the table."""
    found = {}
    for row in SignalDay.objects.filter(metric=metric):
        for hour, value in enumerate(np.frombuffer(row.values, "<f4").tolist()):
            if value == value:
                at = datetime.combine(row.day, datetime.min.time()) + timedelta(hours=hour)
                found[row.household_id, round((at - BEGIN).total_seconds() / 3600)] = value
    return found


def hours(values: st.SearchStrategy) -> st.SearchStrategy:
    row = st.tuples(st.sampled_from("aabbcd"), st.integers(0, 7), values)
    return st.lists(st.lists(row, min_size=1, max_size=12), min_size=1, max_size=5)


@given(files=hours(st.sampled_from([0.0, 0.25, 0.5])))
@RELAXED
def test_hours_of_power(homes, files):
    empty()
    state: dict = {}
    for file in files:
        rows = [(f"M-{w}", f"{BEGIN + timedelta(hours=h):%Y-%m-%d %H:%M}", v) for w, h, v in file]
        assert counted(deliver(rows)) == expected(state, file)
    assert kept("power") == {(homes[w], hour): value for (w, hour), value in state.items()}


@given(files=hours(st.tuples(*[st.sampled_from([0, 1])] * 4)))
@RELAXED
def test_hours_of_a_line(homes, files):
    empty()
    state: dict = {}
    for file in files:
        rows = [(f"L-{w}", f"{BEGIN + timedelta(hours=h):%Y-%m-%dT%H:%M}", *v) for w, h, v in file]
        content = csv(rows, "line_id,hour,calls_out,calls_in,sms_out,data_mb")
        assert counted(deliver(content, feed="telecom")) == expected(state, file)
    for place, metric in enumerate(("calls_out", "calls_in", "sms_out", "data_mb")):
        assert kept(metric) == {
            (homes[who], hour): values[place] for (who, hour), values in state.items()
        }


EVENTS = ("unlock", "screen_on", "steps", "charging_on", "charging_off", "battery", "heartbeat")
METRIC = {"charging_on": "charging", "charging_off": "charging"}


@given(
    files=st.lists(
        st.lists(
            st.tuples(
                st.sampled_from("aabcd"),
                st.integers(0, 5 * 12).map(lambda n: n * 300 + n % 7),
                st.sampled_from(EVENTS),
                st.integers(1, 3),
            ),
            min_size=1,
            max_size=12,
        ),
        min_size=1,
        max_size=4,
    )
)
@RELAXED
def test_events_of_the_app(homes, files):
    empty()
    state: dict = {}
    for file in files:
        rows, simple = [], []
        for who, second, event, value in file:
            at = BEGIN + timedelta(seconds=second)
            number = value if event in ("steps", "battery") else ""
            rows.append((f"D-{who}", f"{at:%Y-%m-%dT%H:%M:%S}", event, number))
            metric = METRIC.get(event, event)
            fixed = 0 if event == "charging_off" else 1
            simple.append((who, (second, metric), value if number != "" else fixed))
        receipt = deliver(csv(rows, "device_id,at,event,value"), feed="app")
        assert counted(receipt) == expected(state, simple)
    check_app(homes, state)


def check_app(homes: dict, state: dict) -> None:
    """Hours from all events: an hour with any has zeros, one without has nothing."""
    assert RawReading.objects.count() == len(state)
    heard = {(homes[who], second // 3600) for who, (second, _metric) in state}
    for metric in ("unlock", "screen_on", "charging", "heartbeat"):
        count = Counter(
            (homes[who], second // 3600) for who, (second, one) in state if one == metric
        )
        assert kept(metric) == {hour: count[hour] for hour in heard}
    steps: Counter = Counter()
    for (who, (second, one)), value in state.items():
        if one == "steps":
            steps[homes[who], second // 3600] += value
    assert kept("steps") == {hour: steps[hour] for hour in heard}
    battery = {}
    for (who, (second, one)), value in sorted(state.items(), key=lambda item: item[0][1][0]):
        if one == "battery":
            battery[homes[who], second // 3600] = value
    assert kept("battery") == battery


@given(
    files=st.lists(
        st.lists(
            st.tuples(st.sampled_from("ab"), st.integers(0, 23), st.sampled_from([0.25, 0.5])),
            min_size=1,
            max_size=16,
        ),
        min_size=1,
        max_size=4,
    )
)
@RELAXED
def test_quarters_of_an_hour(homes, files):
    """An hour of which only the first quarter ever came looks like that of an hourly meter."""
    empty()
    state: dict = {}
    for file in files:
        rows = [
            (f"M-{w}", f"{BEGIN + timedelta(hours=4, minutes=15 * q):%Y-%m-%d %H:%M}", v)
            for w, q, v in file
        ]
        assert counted(deliver(rows)) == expected(state, file)
    whole, alone = {}, {}
    for who in "ab":
        for hour in range(6):
            quarters = [state.get((who, 4 * hour + n)) for n in range(4)]
            if None not in quarters:
                whole[homes[who], hour + 4] = sum(quarters)
            elif quarters[1:] == [None] * 3:
                alone[homes[who], hour + 4] = quarters[0]
    found = kept("power")
    assert {hour: found.get(hour) for hour in whole} == whole
    for hour in found.keys() - whole.keys():
        assert found[hour] == alone[hour]
