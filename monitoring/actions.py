"""Verbs of the watch that other floors may call."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from households.models import Household
from monitoring import feeds, runs, scoring
from monitoring.intake.locks import hold_feed
from monitoring.models import (
    HotState,
    HouseholdState,
    LifeSign,
    RawReading,
    SignalDay,
)
from monitoring.scoring import memory


@transaction.atomic
def confirm_life(
    *, household: Household, at: datetime, source: str, by: User | None, now: datetime
) -> LifeSign:
    """A human saw or heard the person at `at`: the evidence starts again from there.

    `source` is the caller's word for how it is known; `by` is nobody when the resident's own key
    said so. The light follows in the same transaction.
    """
    sign = LifeSign.objects.create(
        household=household, at=at, source=source, by=by, recorded_at=now
    )
    changed(household=household, since=at, now=now)
    return sign


@transaction.atomic
def changed(*, household: Household, since: datetime, now: datetime) -> None:
    """What is known of a home from `since` on has changed: its light is redone at once."""
    # The whole right at first: two who share it and both want more would wait for each other.
    runs.hold([runs.range_of(household.pk)])
    runs.touch([household.pk], since)
    scoring.score(now=now, household_ids=[household.pk])


@transaction.atomic
def begin_again(*, household: Household, now: datetime) -> None:
    """The person is watched again after a pause: what was lit before it says nothing now."""
    runs.hold([runs.range_of(household.pk)])
    HotState.objects.filter(household_id=household.pk).delete()
    if HouseholdState.objects.filter(household=household).exists():
        scoring.score(now=now, household_ids=[household.pk])


@transaction.atomic
def purge(*, household: Household, metric: str) -> int:
    """Forget every reading of one feed of a person, after a consent was withdrawn (법 제37조).

    `metric` is the feed. Returns the number of days forgotten. Whatever was computed from them
    goes too, the other feeds go on from what is left; what was concluded stays as words in the
    assessments, and a replay says that the inputs are gone.
    """
    hold_feed(metric)  # a file that still saw the consent must be through first
    runs.hold([runs.range_of(household.pk)])
    metrics = feeds.connector(metric).stored
    mine = SignalDay.objects.filter(household_id=household.pk, metric__in=metrics)
    days: set[date] = set(mine.values_list("day", flat=True))
    mine.delete()
    RawReading.objects.filter(household_id=household.pk, metric__in=metrics).delete()
    memory.forget(household.pk)
    return len(days)
