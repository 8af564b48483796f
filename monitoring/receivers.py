"""What this floor does when a lower one announces something."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from households.models import Absence, FeedLink, Household
from households.rules import WATCHED_STATES
from households.signals import absence_ended, consent_withdrawn, enrolment_changed, link_ended
from households.valve import FEED_OF_PURPOSE
from monitoring import actions, runs, scoring


@receiver(consent_withdrawn)
def forget_readings(
    sender: Any, *, household: Household, purpose: str, now: datetime, **_: Any
) -> None:
    """No consent, no readings: those of the withdrawn feed go at once, and the light is redone
    from what the other feeds say."""
    feed = FEED_OF_PURPOSE.get(purpose)
    if feed is not None:
        actions.purge(household=household, metric=feed)
        scoring.score(now=now, household_ids=[household.pk])


@receiver(link_ended)
def forget_foreign_readings(
    sender: Any, *, household: Household, link: FeedLink, now: datetime, **_: Any
) -> None:
    """A number was found to be somebody else's, or nobody's, since a day that is over."""
    if link.valid_to is not None:
        actions.purge_since(household=household, feed=link.feed, day=link.valid_to, now=now)


@receiver(absence_ended)
def look_again(
    sender: Any, *, household: Household, absence: Absence, now: datetime, **_: Any
) -> None:
    """After an absence the silence counts again, from its real end, from this moment on."""
    since = absence.ended_at or absence.ends_at
    actions.changed(household=household, since=since, now=now)


@receiver(post_save, sender=Absence)
def told_afterwards(sender: Any, *, instance: Absence, created: bool, **_: Any) -> None:
    """An absence may be recorded when it has long begun: its hours were judged as silence."""
    if not created or instance.starts_at >= instance.recorded_at:
        return
    with transaction.atomic():
        runs.hold([runs.range_of(instance.household_id)])
        if runs.touch([instance.household_id], instance.starts_at):
            scoring.score(now=instance.recorded_at, household_ids=[instance.household_id])


@receiver(enrolment_changed)
def forget_old_light(
    sender: Any, *, household: Household, from_state: str, to_state: str, now: datetime, **_: Any
) -> None:
    """Watched again: the light of before the pause says nothing, and must open no case."""
    if to_state in WATCHED_STATES and from_state not in WATCHED_STATES:
        actions.begin_again(household=household, now=now)
