"""Verbs of the watch that other floors may call."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from households.models import Household
from monitoring import scoring
from monitoring.intake.locks import hold_feed
from monitoring.models import EvidenceDay, LifeSign, RawReading, SignalDay


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
    scoring.score(now=now, household_ids=[household.pk])
    return sign


@transaction.atomic
def purge(*, household: Household, metric: str) -> int:
    """Forget every reading of one metric of a person, after a consent was withdrawn (법 제37조).

    Returns the number of days forgotten. What was concluded from them stays as words in the
    assessments; a replay says that the inputs are gone.
    """
    hold_feed(metric)  # a file that still saw the consent must be through first
    days, _ = SignalDay.objects.filter(household_id=household.pk, metric=metric).delete()
    RawReading.objects.filter(household_id=household.pk, metric=metric).delete()
    EvidenceDay.objects.filter(household_id=household.pk).delete()
    return int(days)
