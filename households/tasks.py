"""What beat wakes on this floor. Each task may run twice, late or never: the rows are the queue."""

from celery import shared_task

from accounts import clock
from households import actions


@shared_task
def announce_ended_absences() -> int:
    """Tell the higher floors which absences are over."""
    return actions.announce_ended_absences(now=clock.now())


@shared_task
def graduate_learners() -> int:
    """Move homes from learning to active when their days are over."""
    return actions.graduate_learners(now=clock.now())


@shared_task
def purge_drafts() -> int:
    """Delete forms left half-way long ago."""
    return actions.purge_drafts(now=clock.now())
