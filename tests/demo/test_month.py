"""`manage.py demo_month`: a quiet month is played through the door, and its signals are counted."""

import pytest
from django.core.management import CommandError, call_command

from monitoring.models import Delivery
from yeoncheon_portal.demo import month
from yeoncheon_portal.demo.partner_files import FEEDS
from yeoncheon_portal.demo.story import Story


def test_a_day_without_events_is_counted(db: None) -> None:
    story = Story(today="2026-07-01", households=10, history_days=62, without_emergencies=True)
    said: list[str] = []
    found = month.run(story, days=1, secret="abcd-efgh-jkmn", say=said.append)
    assert (found.households, found.days) == (10, 1)
    assert sum(found.why.values()) == found.signals
    assert sum(found.lights_at_the_end.values()) == 10
    assert found.lights_at_the_end.get("grey", 0) == 0
    assert Delivery.objects.count() >= 25 * len(FEEDS)
    assert said[-1].startswith("2026-07-01: ")


@pytest.mark.parametrize("option", ["--households=9", "--days=91"])
def test_sizes_that_make_no_sense_are_refused(option: str) -> None:
    with pytest.raises(CommandError) as error:
        call_command("demo_month", option)
    assert error.value.returncode == 2
