"""What /readyz answers: database, Redis, a worker, the sweep, and how old the feeds are."""

from dataclasses import dataclass
from datetime import datetime

import redis
from django.conf import settings
from django.db import DatabaseError, connection

from dispatch import heartbeat
from monitoring import feed_health, runs
from monitoring.models import RunKind

# The sweep comes every two seconds and a worker says every five that it lives: after this long
# without either, somebody must look.
STALE_SECONDS = 60.0
WORKER_KEY = "portal:worker-seen"


@dataclass(frozen=True)
class Health:
    database: bool
    redis: bool
    worker_seen_s: float | None
    sweep_age_s: float | None
    feeds: dict[str, feed_health.FeedHealth]
    scored_s: float | None = None  # programme seconds since the newest finished run over all homes

    @property
    def ready(self) -> bool:
        """A late feed never makes the portal unready: it is the partner's, and is listed."""
        ages = (self.worker_seen_s, self.sweep_age_s)
        fresh = all(age is not None and age < STALE_SECONDS for age in ages)
        return self.database and self.redis and fresh

    def as_json(self) -> dict[str, object]:
        return {
            "database": self.database,
            "redis": self.redis,
            "worker_seen_s": self.worker_seen_s,
            "sweep_age_s": self.sweep_age_s,
            "feeds": self.feeds,
            "scored_s": self.scored_s,
        }


def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)


def _redis_seconds(client: redis.Redis) -> float:
    seconds, microseconds = client.time()
    return seconds + microseconds / 1e6


def mark_worker_seen() -> None:
    """A worker says that it lives; on Redis' own clock, so that hosts need not agree on theirs."""
    with _redis() as client:
        client.set(WORKER_KEY, _redis_seconds(client))


def _worker_age() -> tuple[bool, float | None]:
    """(Redis answers, seconds since a worker was seen)."""
    try:
        with _redis() as client:
            seen = client.get(WORKER_KEY)
            age = None if seen is None else round(_redis_seconds(client) - float(seen), 1)
            return True, age
    except redis.RedisError:
        return False, None


def report(*, now: datetime) -> Health:
    """Ask everything once. `now` is programme time; it dates the feeds only."""
    redis_answers, worker_age = _worker_age()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        sweep_age, feeds = heartbeat.sweep_age_seconds(), feed_health.summary(now=now)
        scored = runs.last_finished(RunKind.SCORING.value)
    except DatabaseError:
        return Health(False, redis_answers, worker_age, None, {})
    age = None if scored is None else (now - scored).total_seconds()
    return Health(True, redis_answers, worker_age, sweep_age, feeds, age)
