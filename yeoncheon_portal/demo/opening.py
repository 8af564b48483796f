"""The beginning of a demo, before the web server answers: seed, then step to the first signal."""

from datetime import datetime
from pathlib import Path

from accounts import clock
from accounts.county_settings import setting
from households.models import FeedLink
from monitoring.models import HouseholdState

from . import county, pace
from .county import Say
from .staff import password
from .story import HOUR, Story

MOST_STEPS = 60
DAYTIME = range(8, 21)  # a yellow call is held back at night: no story begins there
NEARLY_RED = 0.85  # share of the county's red point


def open_story(folder: Path, fresh: Story, *, say: Say) -> Story:
    """Loads the story or begins `fresh`, seeds what is missing, steps to where it begins.

    Safe to be killed at any point: the next start finds what is there and does the rest. A story
    that has begun goes on where it was, fast until the next telephone rings.
    """
    file = folder / "story.json"
    story = Story.load(file) or fresh
    first_start = story.delivered is None
    story.begin_trouble()  # before the history is delivered, which holds the first evening of it
    story.save(file)
    clock.set_demo(programme=story.now_after(story.last_hour), speed=0.0)
    county.seed(story.plan(), secret=password(folder), say=say, with_history=first_start)
    if first_start and not story.without_emergencies:
        say("time: stepping hour by hour to the first signal")
        hours = step_to_signal(story, file)
        say(f"time: {hours} hours stepped")
    at = story.now_after(story.last_hour)
    say(f"time: it is {at:%Y-%m-%d %H:%M} in the county")
    clock.set_demo(programme=at, speed=pace.NORMAL)
    if not story.without_emergencies:
        pace.run_until(pace.UNTIL_RED if first_start else pace.UNTIL_SIGNAL)
    else:
        pace.run_until("")
    return story


def step_to_signal(story: Story, file: Path) -> int:
    """Delivers and scores hour after hour in this process until somebody in trouble has a yellow
    light that is soon a red one, at a time of day when yellow lights are called about. Returns
    how many hours that took."""
    people = _troubled(story)
    world = story.county()
    for hours in range(1, MOST_STEPS + 1):
        hour = story.last_hour + HOUR
        now = story.now_after(hour)
        clock.set_demo(programme=now, speed=0.0)
        county.deliver_hour(world, hour, now=now, late=story.late_files())
        story.delivered = hour.isoformat()
        story.save(file)
        if _tension(people, now) >= NEARLY_RED and (hour + HOUR).hour in DAYTIME:
            return hours
    return MOST_STEPS


def _tension(people: list[int], now: datetime) -> float:
    """The strongest evidence of silence among lit homes, as a share of the red point."""
    lit = HouseholdState.objects.filter(household_id__in=people, light__in=("yellow", "red"))
    strongest = max((state.evidence or 0.0 for state in lit), default=0.0)
    return strongest / float(setting("monitoring.red_point", at=now))


def _troubled(story: Story) -> list[int]:
    """Ids of the households that the two newest emergencies of the story are about."""
    newest = [int(str(item["index"])) for item in story.emergencies[-2:]]
    meters = [story.county().residents[index].meter_id for index in newest]
    links = FeedLink.objects.filter(feed="power", partner_id__in=meters, valid_to__isnull=True)
    return list(links.values_list("household_id", flat=True))
