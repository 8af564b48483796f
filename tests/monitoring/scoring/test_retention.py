"""What is past its time goes, what is not stays; partitions are there before they are needed."""

from datetime import date, timedelta

import pytest
from django.db import connection

from accounts import county_settings
from monitoring import retention
from monitoring.models import (
    Checkpoint,
    EvidenceDay,
    HabitsDay,
    Metric,
    RawReading,
    SignalDay,
)
from monitoring.partitions import ensure_partitions
from monitoring.store import pack

pytestmark = pytest.mark.django_db(transaction=True)


def partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'monitoring_signalday'::regclass"
        )
        return {name.rpartition("_")[2] for (name,) in cursor.fetchall()}


def put(day: date) -> None:
    ensure_partitions(day, day)
    values = pack([0.1] * 24)
    SignalDay.objects.create(day=day, household_id=1, metric=Metric.POWER, values=values)


def test_months_are_made_ahead(now):
    retention.tidy(now=now)
    assert {"202607", "202608", "202609"} <= partitions()


def test_months_past_the_setting_are_dropped_whole(now, administrator):
    for day in (date(2024, 6, 30), date(2024, 7, 1), date(2026, 6, 30)):
        put(day)
    retention.tidy(now=now)  # 24 months before July 2026
    assert "202406" not in partitions()
    assert sorted(SignalDay.objects.values_list("day", flat=True)) == [
        date(2024, 7, 1),
        date(2026, 6, 30),
    ]
    county_settings.change(
        name="monitoring.keep_months", value=3, valid_from=now, by=administrator, reason="시험",
        now=now,
    )  # fmt: skip
    retention.tidy(now=now)
    assert SignalDay.objects.count() == 1


@pytest.mark.parametrize(
    ("model", "blob", "days"),
    [
        (Checkpoint, {"hot": b"x"}, retention.CHECKPOINT_DAYS),
        (HabitsDay, {"habits": b"x", "days_learned": 60, "version": "v"}, retention.HABITS_DAYS),
        (EvidenceDay, {"evidence": b"x", "rule": "r"}, retention.EVIDENCE_DAYS),
    ],
)
def test_what_was_computed_is_kept_so_many_days(now, model, blob, days):
    today = date(2026, 7, 1)
    for back in (0, days - 1, days):
        model.objects.create(day=today - timedelta(days=back), household_id=1, **blob)
    retention.tidy(now=now)
    assert model.objects.count() == 2


def test_quarters_and_events_are_kept_thirty_five_days(now):
    for back in (34, 36):
        RawReading.objects.create(
            household_id=1, metric=Metric.POWER, at=now - timedelta(days=back), value=0.1
        )
    retention.tidy(now=now)
    assert RawReading.objects.count() == 1
