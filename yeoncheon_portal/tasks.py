"""Tasks of the installation itself."""

from celery import shared_task

from yeoncheon_portal import health


@shared_task
def worker_heartbeat() -> None:
    """Every few seconds: a worker takes tasks from Redis and does them."""
    health.mark_worker_seen()
