"""The beginning of a demo: seed, then step to the hour before the first signal."""

from pathlib import Path

from django.db import transaction

from accounts import clock
from households.models import FeedLink
from monitoring.models import HouseholdState

from . import county, pace
from .county import Say
from .staff import password
from .story import HOUR, Story

MOST_STEPS = 60
LIT = ("yellow", "red")


def open_story(folder: Path, fresh: Story, *, say: Say) -> Story:
    """Loads the story or begins `fresh`, seeds what is missing, steps to where it begins.

    Safe to be killed at any point: the next start finds what is there and does the rest. A story
    that has begun goes on where it was, fast until the next telephone rings.
    """
    file = folder / "story.json"
    story = Story.load(file) or fresh
    first_start = story.opened is None
    story.begin_trouble()  # before the history is delivered, which holds the first evening of it
    story.save(file)
    clock.set_demo(programme=story.now_after(story.last_hour), speed=0.0)
    county.seed(
        story.plan(),
        secret=password(folder),
        say=say,
        with_history=first_start and story.delivered is None,
        today=story.last_hour.date() if story.delivered else None,
    )
    if first_start and not story.without_emergencies:
        say("time: stepping hour by hour until just before the first signal")
        hours = step_to_signal(story, file)
        say(f"time: {hours} hours stepped")
    if story.opened is None:
        story.opened = story.last_hour.isoformat()
        story.save(file)
    at = story.now_after(story.last_hour)
    say(f"time: it is {at:%Y-%m-%d %H:%M} in the county")
    clock.set_demo(programme=at, speed=pace.NORMAL)
    pace.run_until("" if story.without_emergencies else pace.UNTIL_SIGNAL)
    return story


def step_to_signal(story: Story, file: Path) -> int:
    """Delivers and scores hour after hour in this process, as long as nobody in trouble has a
    light: the hour that would bring the first one is undone, and comes when everything runs and
    somebody is there to see it, with its case, its reasons and its calls at their own time.
    Returns how many hours passed."""
    people = _troubled(story)
    world = story.county()
    if _lit(people):
        return 0
    for hours in range(MOST_STEPS):
        hour = story.last_hour + HOUR
        now = story.now_after(hour)
        with transaction.atomic():
            county.deliver_hour(world, hour, now=now, late=story.late_files())
            lit = _lit(people)
            transaction.set_rollback(lit)
        if lit:
            return hours
        clock.set_demo(programme=now, speed=0.0)
        story.delivered = hour.isoformat()
        story.save(file)
    return MOST_STEPS


def _lit(people: list[int]) -> bool:
    return HouseholdState.objects.filter(household_id__in=people, light__in=LIT).exists()


def _troubled(story: Story) -> list[int]:
    """Ids of the households that the two newest emergencies of the story are about."""
    newest = [int(str(item["index"])) for item in story.emergencies[-2:]]
    meters = [story.county().residents[index].meter_id for index in newest]
    links = FeedLink.objects.filter(feed="power", partner_id__in=meters, valid_to__isnull=True)
    return list(links.values_list("household_id", flat=True))
