"""Celery's wake-ups of the watch. The work is idempotent and waits in the tables, not here."""

from celery import shared_task

from accounts import clock
from monitoring import scoring
from monitoring.intake.receipt import purge_refused_files as purge


@shared_task
def score_all() -> None:
    """Every hour: silence grows without any delivery."""
    scoring.score(now=clock.now())


@shared_task
def score_households(household_ids: list[int]) -> None:
    """After a delivery: the homes it touched."""
    scoring.score(now=clock.now(), household_ids=household_ids)


@shared_task
def purge_refused_files() -> None:
    """Every night: refused files past their time."""
    purge(now=clock.now())
