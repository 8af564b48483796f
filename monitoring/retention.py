"""Partitions made ahead, and everything of the watch that is past its time forgotten."""

from datetime import date, datetime, timedelta

from accounts.county_settings import setting
from households.days import local_day
from monitoring import partitions, runs
from monitoring.intake import keeping, receipt, unknown
from monitoring.models import Checkpoint, EvidenceDay, HabitsDay

MONTHS_AHEAD = 2
CHECKPOINT_DAYS = 15
HABITS_DAYS = 4
EVIDENCE_DAYS = 100  # a whole month and its comparison can be looked at on the tuning page


def tidy(*, now: datetime) -> None:
    """Every night. Safe to be killed and repeated."""
    today = local_day(now)
    partitions.ensure_partitions(today, months_later(today, MONTHS_AHEAD))
    partitions.drop_before(kept_since(now))
    keeping.forget_old(now=now)
    receipt.forget_details(now=now)
    unknown.forget_old(now=now)
    for model, days in (
        (Checkpoint, CHECKPOINT_DAYS),
        (HabitsDay, HABITS_DAYS),
        (EvidenceDay, EVIDENCE_DAYS),
    ):
        old = model._default_manager.filter(day__lte=today - timedelta(days=days))
        old.delete()
    runs.drop_old(now=now)


def kept_since(now: datetime) -> date:
    """First day of the oldest month whose readings are kept."""
    months = int(setting("monitoring.keep_months", at=now))
    return months_later(local_day(now).replace(day=1), -months)


def months_later(day: date, months: int) -> date:
    """First day of the month `months` after that of `day`."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def dropped_on(day: date, *, now: datetime) -> date | None:
    """When the readings of `day` were dropped by the setting of now; None when they are kept."""
    if day >= kept_since(now):
        return None
    months = int(setting("monitoring.keep_months", at=now))
    return months_later(day, months + 1)
