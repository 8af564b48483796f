"""The beginning of a demo, before the web server answers: seed, then step to the first signal."""

from pathlib import Path

from accounts import clock
from households.models import FeedLink
from monitoring.models import HouseholdState

from . import county, pace
from .county import Say
from .staff import password
from .story import HOUR, Story

MOST_STEPS = 60
DAYTIME = range(8, 21)  # a yellow call is held back at night: no story begins there
NEARLY_RED = 0.6  # of the way from the yellow point to the red one


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
    if story.opened is None:
        story.opened = story.last_hour.isoformat()
        story.save(file)
    at = story.now_after(story.last_hour)
    say(f"time: it is {at:%Y-%m-%d %H:%M} in the county")
    clock.set_demo(programme=at, speed=pace.NORMAL)
    pace.run_until(_waits_for(story, first_start=first_start))
    return story


def _waits_for(story: Story, *, first_start: bool) -> str:
    if story.without_emergencies:
        return ""
    if not first_start:
        return pace.UNTIL_SIGNAL
    # Somebody's light may be red by now: it becomes a case within seconds, and time stays.
    return "" if _how_far(_troubled(story)) >= 1 else pace.UNTIL_RED


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
        if _how_far(people) >= NEARLY_RED and (hour + HOUR).hour in DAYTIME:
            return hours
    return MOST_STEPS


def _how_far(people: list[int]) -> float:
    """How far the worst of the lit homes is: 0 at the yellow point, 1 at the red one; -1: none."""
    lit = HouseholdState.objects.filter(household_id__in=people, light__in=("yellow", "red"))
    worst = -1.0
    for state in lit.select_related("assessment"):
        points = state.assessment
        if points is not None and state.evidence is not None:
            way = points.point_red - points.point_yellow
            worst = max(worst, (state.evidence - points.point_yellow) / way)
    return worst


def _troubled(story: Story) -> list[int]:
    """Ids of the households that the two newest emergencies of the story are about."""
    newest = [int(str(item["index"])) for item in story.emergencies[-2:]]
    meters = [story.county().residents[index].meter_id for index in newest]
    links = FeedLink.objects.filter(feed="power", partner_id__in=meters, valid_to__isnull=True)
    return list(links.values_list("household_id", flat=True))
