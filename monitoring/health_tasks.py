"""Wakes the watch over the feeds."""

from celery import shared_task

from accounts import clock
from monitoring import incidents, intake_days


@shared_task
def check_feeds() -> None:
    """Every two minutes: a feed grows late without anything happening."""
    incidents.check(now=clock.now())


@shared_task
def refresh_intake_days() -> None:
    """Every night: the reports of the last days, also of those that came late."""
    intake_days.refresh(now=clock.now())
