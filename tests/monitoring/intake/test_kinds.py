"""A row at the full hour: a quarter of it, or all of it. However it comes, the hours end right."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from households import actions
from households.actions import LinkInput
from monitoring import store
from monitoring.models import Rescore, SignalDay
from tests.households.factories import make_household, maker
from tests.monitoring.files import deliver

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 24)
BEGIN = datetime(2026, 6, 24)


@pytest.fixture
def home():
    return make_household(meter="M-1")


def at(quarter: int) -> str:
    return f"{BEGIN + timedelta(minutes=15 * quarter):%Y-%m-%d %H:%M}"


def by_quarters(first: int, end: int, meter: str = "M-1", kwh: float = 0.1):
    return [(meter, at(number), kwh) for number in range(first, end)]


def by_hours(first: int, end: int, meter: str = "M-1", kwh: float = 0.4):
    """Hours from the beginning of DAY."""
    return [(meter, at(4 * number), kwh) for number in range(first, end)]


def hours(home, days: int = 4) -> list[float | None]:
    """The hours from the beginning of DAY, None where nothing is known."""
    last = DAY + timedelta(days=days - 1)
    found = store.read_metrics([home.pk], DAY, last, ("power",))[0].reshape(-1).tolist()
    return [None if value != value else round(value, 3) for value in found]


def waiting(home) -> int:
    """Kept quarters at the full hour."""
    rows = SignalDay.objects.filter(household_id=home.pk, metric="power@00")
    return sum(int(np.isfinite(np.frombuffer(row.values, "<f4")).sum()) for row in rows)


# ── a quarter at the full hour ───────────────────────────────────────────────
def test_daily_files_that_end_at_midnight_keep_its_quarter(home):
    """00:15 to 24:00, day after day: midnight stands in the file of the day before."""
    for day in range(3):
        receipt = deliver(by_quarters(96 * day + 1, 96 * (day + 1) + 1))
        assert (receipt.accepted, receipt.corrected) == (96, 0)
    assert hours(home)[:73] == [None, *[0.4] * 71, None]
    assert deliver(by_quarters(0, 1)).accepted == 1


def test_rolling_files_across_midnight(home):
    for first in range(88, 112, 4):
        assert deliver(by_quarters(first + 1, first + 5)).accepted == 4
    assert hours(home)[22:29] == [None, *[0.4] * 5, None]


def test_one_row_a_delivery_in_the_order_of_time(home):
    for number in range(80, 112):
        assert deliver(by_quarters(number, number + 1)).accepted == 1
    assert hours(home)[20:28] == [0.4] * 8


def test_after_a_day_without_data_the_first_row_alone_may_be_a_quarter(home):
    deliver(by_quarters(0, 8))
    for number in range(96, 100):
        deliver(by_quarters(number, number + 1))
        partly = hours(home)[24]
        assert partly in (None, 0.1) if number == 96 else partly in (None, 0.4)
    assert hours(home)[24] == 0.4


def test_rejected_quarters_tell_what_kind_of_meter_it_is(home):
    """10:00 stays a quarter when the three others cannot be believed."""
    rows = by_quarters(32, 48)
    for bad, place in zip((-1, 9000, "x"), (9, 10, 11), strict=True):
        rows[place] = (*rows[place][:2], bad)
    receipt = deliver(rows)
    assert (receipt.accepted, receipt.rejected) == (13, 3)
    assert hours(home)[8:12] == [0.4, 0.4, None, 0.4]
    alone = by_quarters(48, 52)
    alone[1:] = [(*row[:2], "x") for row in alone[1:]]
    deliver(alone)
    twice = by_quarters(53, 56)
    deliver([*by_quarters(52, 53), *twice, *[(*row[:2], 0.2) for row in twice]])
    assert hours(home)[12:14] == [None, None]
    deliver([*by_quarters(49, 52), *twice])
    assert hours(home)[12:14] == [0.4, 0.4]


def test_the_limit_of_a_quarter_holds_at_the_full_hour_too(home):
    rows = by_quarters(40, 44)
    receipt = deliver([(*rows[0][:2], 40), *rows[1:]])
    assert (receipt.accepted, receipt.rejected) == (3, 1)
    assert receipt.errors[0]["row"] == 2
    assert "at most" in receipt.errors[0]["expected"]
    assert hours(home)[10] is None
    assert deliver([(*rows[0][:2], 12.5)]).accepted == 1
    assert deliver(by_hours(20, 21, kwh=40)).accepted == 1


# ── a meter that changes ─────────────────────────────────────────────────────
def test_a_meter_that_becomes_hourly_is_believed_within_hours(home):
    deliver(by_quarters(48, 88))
    for hour in range(22, 60):
        assert deliver(by_hours(hour, hour + 1)).accepted == 1
    assert hours(home)[12:60] == [0.4] * 48
    assert waiting(home) == 10


def test_a_meter_that_becomes_hourly_within_a_file(home):
    deliver([*by_quarters(0, 88), *by_hours(22, 60)])
    assert hours(home)[:60] == [0.4] * 60


def test_a_correction_of_an_hour_just_after_the_change(home):
    deliver(by_quarters(48, 88))
    deliver(by_hours(22, 40))
    receipt = deliver(by_hours(23, 24, kwh=0.9))
    assert (receipt.corrected, receipt.accepted) == (1, 0)
    assert hours(home)[21:25] == [0.4, 0.4, 0.9, 0.4]


def test_a_meter_that_becomes_one_of_quarters(home):
    deliver(by_hours(0, 20))
    for number in range(80, 96):
        deliver(by_quarters(number, number + 1))
    assert hours(home)[:24] == [0.4] * 24


def test_another_meter_in_the_same_home_is_asked_for_itself(home, now):
    deliver(by_quarters(48, 96))
    link = LinkInput(feed="power", partner_id="M-2", valid_from=DAY + timedelta(days=1))
    actions.swap_feed(household=home, link=link, by=maker(), now=now)
    assert deliver(by_hours(24, 25, "M-2")).accepted == 1
    assert hours(home)[23:26] == [0.4, 0.4, None]


def test_one_odd_row_of_an_hourly_meter_costs_no_other_hour(home):
    deliver(by_hours(0, 24))
    deliver([*by_hours(24, 48), ("M-1", at(4 * 34 + 1), 0.1)])
    deliver(by_hours(48, 72))
    known = hours(home)[:72]
    assert [hour for hour, value in enumerate(known) if value != 0.4] == [34]
    deliver(by_hours(34, 35))
    assert hours(home)[33] == 0.4


# ── told again in another way ────────────────────────────────────────────────
def test_hours_over_quarters_and_quarters_over_hours(home):
    deliver(by_quarters(0, 96))
    hourly = deliver(by_hours(0, 24, kwh=0.5))
    assert hourly.accepted + hourly.corrected == 24
    assert hours(home)[:24] in ([0.5] * 24, [0.4] * 24)
    assert deliver(by_quarters(0, 96)).rejected == 0
    assert hours(home)[:24] == [0.4] * 24


def test_the_same_twice_is_unchanged_whatever_its_kind(home):
    for rows in (by_quarters(1, 97), by_hours(30, 40), by_quarters(100, 101)):
        first = deliver(rows)
        before = [bytes(row.values) for row in SignalDay.objects.order_by("day", "metric")]
        again = deliver(rows)
        assert (first.accepted, again.unchanged) == (len(rows), len(rows))
        assert [bytes(one.values) for one in SignalDay.objects.order_by("day", "metric")] == before


def test_neighbours_of_another_kind_are_left_alone():
    homes = [make_household(meter=f"M-{n}") for n in (1, 2, 3)]
    deliver([*by_quarters(0, 96), *by_hours(0, 24, "M-2"), *by_quarters(1, 97, "M-3")])
    assert hours(homes[0])[:24] == [0.4] * 24
    assert hours(homes[1])[:24] == [0.4] * 24
    assert hours(homes[2])[:25] == [None, *[0.4] * 23, None]
    assert waiting(homes[1]) == 0


def test_hours_that_turn_out_otherwise_are_judged_again(home, now):
    from tests.monitoring.intake.test_late import judged

    deliver(by_quarters(48, 88))
    deliver(by_hours(22, 24))
    judged(home, now)
    deliver(by_hours(24, 40))
    assert Rescore.objects.get().since == datetime.fromisoformat("2026-06-24T22:00+09:00")
