"""Verbs of the watch that other floors may call."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from households.days import day_start
from households.models import Household
from households.rules import Refused
from monitoring import feeds, runs, scoring
from monitoring.intake.locks import FeedIsBusy, hold_feed
from monitoring.models import (
    HouseholdState,
    LifeSign,
    RawReading,
    SignalDay,
)
from monitoring.scoring import memory

PATIENCE = timedelta(seconds=10)
"""So long a person waits for a file that is being taken in."""


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
    memory.drop(household.pk)
    if HouseholdState.objects.filter(household=household).exists():
        scoring.score(now=now, household_ids=[household.pk])


def _hold_feed(feed: str) -> None:
    """Somebody waits at the screen: raises Refused where a large file takes too long."""
    try:
        hold_feed(feed, patience=PATIENCE)
    except FeedIsBusy:
        raise Refused(
            _("큰 파일을 받고 있어 지금은 지울 수 없습니다. 1분 뒤에 다시 해 주세요.")
        ) from None


@transaction.atomic
def purge_since(*, household: Household, feed: str, day: date, now: datetime) -> int:
    """Forget the readings of one feed from a local day on: the number they came of was no longer
    this home's. Returns how many household-days went; the light follows where any did."""
    _hold_feed(feed)  # a file that still saw the link must be through first
    runs.hold([runs.range_of(household.pk)])
    stored, begin = feeds.connector(feed).stored, day_start(day)
    mine = {"household_id": household.pk, "metric__in": stored}
    days = set(SignalDay.objects.filter(**mine, day__gte=day).values_list("day", flat=True))
    SignalDay.objects.filter(**mine, day__gte=day).delete()
    RawReading.objects.filter(**mine, at__gte=begin).delete()
    if days:
        changed(household=household, since=begin, now=now)
    return len(days)


@transaction.atomic
def purge(*, household: Household, metric: str) -> int:
    """Forget every reading of one feed of a person, after a consent was withdrawn (법 제37조).

    `metric` is the feed. Returns the number of days forgotten. Whatever was computed from them
    goes too, the other feeds go on from what is left; what was concluded stays as words in the
    assessments, and a replay says that the inputs are gone.
    """
    _hold_feed(metric)  # a file that still saw the consent must be through first
    runs.hold([runs.range_of(household.pk)])
    metrics = feeds.connector(metric).stored
    mine = SignalDay.objects.filter(household_id=household.pk, metric__in=metrics)
    days: set[date] = set(mine.values_list("day", flat=True))
    mine.delete()
    RawReading.objects.filter(household_id=household.pk, metric__in=metrics).delete()
    memory.forget(household.pk)
    return len(days)
