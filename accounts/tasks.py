"""Work of this floor that Celery wakes."""

from celery import shared_task

from accounts import clock
from accounts.notify import outbox


@shared_task(name="accounts.tasks.flush_outbox")
def flush_outbox() -> None:
    """Every few seconds: send what is due. Idle passes cost one indexed query."""
    outbox.flush(clock.now())
