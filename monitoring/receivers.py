"""What this floor does when a lower one announces something."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from households.models import Household
from households.rules import WATCHED_STATES
from households.signals import absence_ended, consent_withdrawn, enrolment_changed
from households.valve import FEED_OF_PURPOSE
from monitoring import actions, scoring
from monitoring.models import HouseholdState


@receiver(consent_withdrawn)
def forget_readings(
    sender: Any, *, household: Household, purpose: str, now: datetime, **_: Any
) -> None:
    """No consent, no readings: those of the withdrawn feed go at once, and the light is redone."""
    feed = FEED_OF_PURPOSE.get(purpose)
    if feed is not None:
        actions.purge(household=household, metric=feed)
        scoring.score(now=now, household_ids=[household.pk])


@receiver(absence_ended)
def look_again(sender: Any, *, household: Household, now: datetime, **_: Any) -> None:
    """After an absence the silence counts again from its end, from this moment on."""
    scoring.score(now=now, household_ids=[household.pk])


@receiver(enrolment_changed)
def forget_old_light(
    sender: Any, *, household: Household, from_state: str, to_state: str, now: datetime, **_: Any
) -> None:
    """Watched again: the light of before the pause says nothing, and must open no case."""
    if to_state in WATCHED_STATES and from_state not in WATCHED_STATES:
        state = HouseholdState.objects.filter(household=household)
        if state.exists():
            scoring.score(now=now, household_ids=[household.pk])
