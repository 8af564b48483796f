"""What one run needs besides the homes: the time, the rules, the operating points. Read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.county_settings import remembered
from households.models import Feed
from monitoring import hours, schedules
from monitoring.detection import whole
from monitoring.feeds.contract import HOURLY
from monitoring.scoring.points import Points
from monitoring.scoring.rule import Rules, rules


@dataclass(frozen=True)
class Frame:
    """`grey_before`: per feed the hour before which its data must not end. `patience`: hours
    without electricity, and without any telephone, that are no gap (detection.whole)."""

    now: datetime
    rules: Rules
    points: Points
    grey_before: Mapping[str, int]
    patience: tuple[float, float] = (whole.PATIENCE, whole.PATIENCE)

    @classmethod
    def at(cls, now: datetime) -> "Frame":
        known = rules()
        with remembered():
            return cls(
                now=now,
                rules=known,
                points=Points.at(now, known.live),
                grey_before={
                    feed.value: hours.hour_of(schedules.grey_before(feed.value, now=now))
                    for feed in Feed
                },
                patience=(
                    _patience(Feed.POWER, now),
                    max(_patience(feed, now) for feed in (Feed.TELECOM, Feed.APP)),
                ),
            )


def _patience(feed: Feed, now: datetime) -> float:
    """Between two punctual deliveries nothing is missing yet."""
    known = schedules.schedule(feed.value, now=now)
    hour = timedelta(hours=1)
    if known.every == HOURLY:
        return whole.PATIENCE + known.grace / hour
    return hours.DAY + known.daily_at.hour + 1 + known.grace / hour
