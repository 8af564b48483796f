"""Celery wakes the engine; it holds no work itself."""

from celery import shared_task

from accounts import clock
from dispatch import engine


@shared_task
def sweep() -> None:
    """Every two seconds, in as many workers as there are."""
    engine.sweep(now=clock.now())
