"""SKT's file: what a line did in an hour."""

import numpy as np
import pytest

from monitoring import feeds
from monitoring.models import SignalDay
from tests.households.factories import make_household
from tests.monitoring.feeds import LATER
from tests.monitoring.files import csv, deliver

pytestmark = pytest.mark.django_db
CONNECTOR = feeds.connector("telecom")
HEADER = "line_id,hour,calls_out,calls_in,sms_out,data_mb"


@pytest.fixture
def home():
    return make_household(line="L-1")


def send(rows: list, **options):
    return deliver(csv(rows, HEADER), feed="telecom", **options)


def stored(home) -> dict:
    rows = SignalDay.objects.filter(household_id=home.pk)
    return {row.metric: np.frombuffer(row.values, "<f4") for row in rows}


def test_its_example_is_a_file():
    make_household(line="L-000123")
    head = ",".join(column.alias for column in CONNECTOR.columns)
    row = ",".join(column.example for column in CONNECTOR.columns)
    assert deliver(f"{head}\n{row}\n".encode(), feed="telecom", now=LATER).accepted == 1


def test_one_row_is_one_reading_of_four_metrics(home):
    delivery = send([("L-1", "2026-06-30 05:00", 2, 1, 3, 12.5)])
    assert (delivery.rows, delivery.accepted) == (1, 1)
    assert {name: float(hours[5]) for name, hours in stored(home).items()} == {
        "calls_out": 2,
        "calls_in": 1,
        "sms_out": 3,
        "data_mb": 12.5,
    }
    assert all(np.isnan(hours[6]) for hours in stored(home).values())


def test_one_changed_number_corrects_the_row(home):
    send([("L-1", "2026-06-30 05:00", 2, 1, 3, 12.5), ("L-1", "2026-06-30 06:00", 0, 0, 0, 0)])
    again = [("L-1", "2026-06-30 05:00", 2, 1, 3, 13), ("L-1", "2026-06-30 06:00", 0, 0, 0, 0)]
    delivery = send(again)
    assert (delivery.corrected, delivery.unchanged) == (1, 1)
    assert stored(home)["data_mb"][5] == 13


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (("L-1", "2026-06-30 05:30", 1, 1, 1, 1), "hour"),
        (("L-1", "2026-06-30 05:00", "", 1, 1, 1), "calls_out"),
        (("L-1", "2026-06-30 05:00", 1, -1, 1, 1), "calls_in"),
        (("L-1", "2026-06-30 05:00", 1, 1, 99999, 1), "sms_out"),
        (("L-1", "2026-06-30 05:00", 1, 1, 1, "viel"), "data_mb"),
    ],
)
def test_a_bad_row_is_rejected_alone(home, row, column):
    delivery = send([row, ("L-1", "2026-06-30 07:00", 1, 1, 1, 1)])
    assert (delivery.accepted, delivery.rejected) == (1, 1)
    assert delivery.errors[0]["column"] == column


def test_a_busy_line_is_no_running_total(home):
    rows = [("L-1", f"2026-06-30 {hour:02d}:00", hour, hour, hour, hour) for hour in range(24)]
    assert send(rows).accepted == 24
