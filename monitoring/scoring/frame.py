"""What one run needs besides the homes: the time, the rules, the operating points. Read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.county_settings import remembered
from households.models import Feed
from monitoring import hours, schedules
from monitoring.scoring.points import Points
from monitoring.scoring.rule import Rules, rules


@dataclass(frozen=True)
class Frame:
    """`grey_before`: per feed the hour before which its data must not end."""

    now: datetime
    rules: Rules
    points: Points
    grey_before: Mapping[str, int]

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
            )
