"""A month of the demo county in which nothing happens: how many signals would people get?

Everybody is fine, announced journeys are written down, and the hours come through the door as in
the demo. Every signal is a false one; what matters is how many there are and why.
"""

import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from households.models import FeedLink
from monitoring.models import Assessment, HouseholdState, Light

from . import county, partner_files
from .county import SEOUL, Say
from .story import HOUR, Story
from .world import County

JOURNEY_AFTER = timedelta(hours=6)  # a light that comes so soon after a return began before it
PER_MONTH = 30.0


@dataclass(frozen=True)
class Month:
    """signals: lights that turned yellow or red and were not before. `why`: how many of them began
    on a journey nobody announced, on an announced one, or at home."""

    households: int
    days: int
    signals: int
    reds: int
    signals_per_day: float
    signals_per_household_month: float
    reds_per_household_month: float
    why: dict[str, int]
    lights_at_the_end: dict[str, int]
    seconds_per_hour: float

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def run(story: Story, *, days: int, secret: str, say: Say) -> Month:
    """Seeds `story`, lets `days` pass hour by hour and counts. The database must be empty."""
    world = story.county()
    people = county.seed(story.plan(), secret=secret, say=say)
    begun = time.monotonic()
    for hour in range(days * 24):
        at = story.last_hour + HOUR
        now = story.now_after(at)
        county.deliver_hour(world, at, now=now, late=story.late_files())
        story.delivered = at.isoformat()
        if hour % 24 == 0:
            county.record_absences(world, people, since=now - HOUR, now=now, say=lambda line: None)
        if hour % 24 == 23:
            say(f"{at:%Y-%m-%d}: {_signals(story, days).total()} signals so far")
    seconds = (time.monotonic() - begun) / (days * 24)
    return _counted(story, days, seconds)


def _counted(story: Story, days: int, seconds: float) -> Month:
    why = _signals(story, days)
    reds = Assessment.objects.filter(light=Light.RED, at__gte=_first(story)).count()
    months = story.households * days / PER_MONTH
    return Month(
        households=story.households,
        days=days,
        signals=why.total(),
        reds=reds,
        signals_per_day=round(why.total() / days, 2),
        signals_per_household_month=round(why.total() / months, 3),
        reds_per_household_month=round(reds / months, 3),
        why=dict(why),
        lights_at_the_end=dict(Counter(HouseholdState.objects.values_list("light", flat=True))),
        seconds_per_hour=round(seconds, 3),
    )


def _first(story: Story) -> datetime:
    return county.local(story.first_day)


def _signals(story: Story, days: int) -> Counter[str]:
    """{why: how many} of the lights that turned on since the first day."""
    world = story.county()
    meters = world.numbers(partner_files.POWER, story.first_day)
    links = FeedLink.objects.filter(feed=partner_files.POWER, partner_id__in=meters)
    index = {link.household_id: meters.index(link.partner_id) for link in links}
    lit: set[int] = set()
    found: Counter[str] = Counter()
    rows = Assessment.objects.order_by("at", "pk").values_list("household_id", "at", "light")
    for household, at, light in rows:
        on = light in (Light.YELLOW, Light.RED)
        if on and household not in lit and at >= _first(story):
            found[_why(world, index[household], at.astimezone(SEOUL), story, days)] += 1
        (lit.add if on else lit.discard)(household)
    return found


def _why(world: County, index: int, at: datetime, story: Story, days: int) -> str:
    moment = at.replace(tzinfo=None)
    last = story.first_day + timedelta(days=days)
    for away in world.absences(story.first_day - timedelta(days=7), last):
        if away.index == index and away.start <= moment <= away.end + JOURNEY_AFTER:
            return "announced journey" if away.announced else "unannounced journey"
    return "at home"
