"""Celery's wake-ups of the doors; monitoring.tasks makes them known."""

import logging
from datetime import timedelta
from pathlib import Path

from celery import shared_task
from django.conf import settings

from accounts import clock
from monitoring import token_reminders
from monitoring.doors import folder, pulling
from monitoring.doors.sources import BadSource, sources

log = logging.getLogger(__name__)


@shared_task(name="monitoring.tasks.watch_folder")
def watch_folder() -> None:
    """Every minute, where a folder is configured."""
    if not settings.FEED_FOLDER:
        return
    root = Path(settings.FEED_FOLDER)
    folder.watch_once(root, now=clock.now())
    folder.purge(root, keep=timedelta(days=settings.FEED_FOLDER_KEEP_DAYS))


@shared_task(name="monitoring.tasks.pull_feeds")
def pull_feeds() -> None:
    """Every five minutes, where a partner's server is configured. Each by itself: a slow one may
    take the whole time of a task."""
    for source in sources():
        if isinstance(source, BadSource):
            log.error("a feed is not fetched: %s", source)
        else:
            pull_feed.delay(source.feed)


@shared_task(name="monitoring.tasks.pull_feed")
def pull_feed(feed: str) -> None:
    pulling.pull(now=clock.now(), feed=feed)


@shared_task(name="monitoring.tasks.remind_of_tokens")
def remind_of_tokens() -> None:
    """Every morning: keys of partners that end soon."""
    token_reminders.remind(now=clock.now(), at=clock.real_now())
