"""However the same readings come - order, repetition, pieces, two at once - the table is one."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, connections
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.models import Delivery, SignalDay, UnknownId
from monitoring.partitions import ensure_partitions
from tests.households.factories import make_household
from tests.monitoring.files import day_rows, deliver, slots, table

READINGS = [
    (meter, f"{day}T{hour:02d}:00", round(0.1 + hour / 100 + day.day / 1000, 3))
    for meter in ("M-1", "M-2")
    for day in (date(2026, 5, 31), date(2026, 6, 1))
    for hour in (0, 5, 23)
]


@pytest.fixture
def homes(db):
    return make_household(meter="M-1"), make_household(meter="M-2")


@st.composite
def deliveries(draw):
    """The readings in any order, some of them several times, cut into files."""
    rows = draw(st.permutations(READINGS))
    rows += draw(st.lists(st.sampled_from(READINGS), max_size=8))
    cuts = sorted(draw(st.lists(st.integers(1, len(rows) - 1), max_size=4, unique=True)))
    return [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


@given(files=deliveries())
@settings(
    max_examples=25,
)
def test_order_repetition_and_splitting_end_in_the_same_table(homes, files):
    SignalDay.objects.all().delete()
    deliver(READINGS)
    whole = table()
    SignalDay.objects.all().delete()
    receipts = [deliver(rows) for rows in files]
    assert table() == whole
    assert sum(receipt.accepted for receipt in receipts) == len(READINGS)
    assert sum(receipt.corrected + receipt.rejected for receipt in receipts) == 0
    given_rows = sum(len(rows) for rows in files)
    assert sum(receipt.unchanged for receipt in receipts) == given_rows - len(READINGS)


@given(values=st.lists(st.sampled_from([0.25, 0.5, 1.0]), min_size=4, max_size=4), order=st.data())
@settings(
    max_examples=20,
)
def test_quarters_in_any_order_make_the_same_hour(homes, values, order):
    SignalDay.objects.all().delete()
    connection.cursor().execute("DELETE FROM monitoring_rawreading")
    rows = [("M-1", f"2026-06-01 05:{15 * n:02d}", value) for n, value in enumerate(values)]
    for row in order.draw(st.permutations(rows)):
        assert deliver([row]).accepted == 1
    assert slots(homes[0].pk, date(2026, 6, 1))[5] == pytest.approx(sum(values))


def test_a_year_of_days_makes_a_partition_each_month(homes):
    ensure_partitions(date(2027, 11, 15), date(2028, 2, 1))
    ensure_partitions(date(2027, 12, 1), date(2027, 12, 31))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'monitoring_signalday'::regclass ORDER BY 1"
        )
        names = [name for (name,) in cursor.fetchall()]
    assert [name[-6:] for name in names if "202711" <= name[-6:] < "203000"] == [
        "202711",
        "202712",
        "202801",
        "202802",
    ]


def test_people_can_read_the_slots_as_columns(homes):
    deliver([("M-1", "2026-06-01 00:00", 0.37), ("M-1", "2026-06-01 23:00", 0)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT h00, h01, h23 FROM monitoring_signalday_hours")
        first, second, last = cursor.fetchone()
    assert first == pytest.approx(0.37)
    assert second != second  # NaN: not received
    assert last == 0


@pytest.mark.django_db
def test_a_crash_in_the_middle_leaves_nothing(homes, monkeypatch):
    def crash(*args, **kwargs):
        raise RuntimeError("the power went out")

    monkeypatch.setattr("monitoring.intake.door.write_receipt", crash)
    with pytest.raises(RuntimeError):
        deliver([*READINGS, *day_rows("M-9")])
    assert not SignalDay.objects.exists()
    assert not Delivery.objects.exists()
    assert not UnknownId.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_doors_at_once_lose_nothing():
    """Two files write other hours of the same days: both sets of hours must be there."""
    home = make_household(meter="M-1")
    begin = datetime(2026, 4, 1, tzinfo=UTC)
    hours = [(begin + timedelta(hours=n)).strftime("%Y-%m-%dT%H:%MZ") for n in range(24 * 40)]
    files = [[("M-1", at, 1) for at in hours[part::2]] for part in (0, 1)]
    start, problems = threading.Barrier(2), []

    def run(rows):
        try:
            start.wait(60)
            assert deliver(rows).accepted == len(rows)
        except Exception as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(rows,)) for rows in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    assert slots(home.pk, date(2026, 4, 15)) == [1.0] * 24
    again = deliver([("M-1", at, 1) for at in hours])
    assert (again.accepted, again.unchanged) == (0, len(hours))


@pytest.mark.django_db(transaction=True)
def test_the_same_file_at_two_doors_at_once_is_taken_in_once():
    make_household(meter="M-1")
    rows = [row for n in range(20) for row in day_rows("M-1", date(2026, 6, 1 + n))]
    start, receipts = threading.Barrier(2), []

    def run(source):
        try:
            start.wait(60)
            receipts.append(deliver(rows, source=source))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(door,)) for door in ("folder", "api")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted((one.accepted, one.unchanged) for one in receipts) == [(0, 480), (480, 0)]
    assert SignalDay.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_two_that_open_the_same_month_do_not_collide():
    start, problems = threading.Barrier(2), []

    def run():
        try:
            start.wait(60)
            ensure_partitions(date(2031, 1, 1), date(2031, 6, 1))
        except Exception as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []


def test_a_large_file_takes_seconds(homes, django_assert_max_num_queries):
    """200 homes would be 430,000 rows; two homes of 90 days must not need more statements."""
    first = date(2026, 4, 1)
    rows = [
        row
        for meter in ("M-1", "M-2")
        for n in range(90)
        for row in day_rows(meter, first + timedelta(days=n))
    ]
    with django_assert_max_num_queries(60):
        delivery = deliver(rows)
    assert delivery.accepted == 90 * 24 * 2
