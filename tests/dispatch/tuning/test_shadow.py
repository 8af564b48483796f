"""Two rules on the same homes, side by side."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from dispatch.tuning import shadow
from dispatch.tuning.shadow import matched
from monitoring.models import EvidenceDay
from tests.dispatch.tuning.conftest import JUNE, PlainRule, put
from tests.dispatch.tuning.test_last_month import NOW

pytestmark = pytest.mark.django_db


def test_pairs_lie_within_a_day_and_nobody_has_two():
    live, other = np.array([10, 100, 200]), np.array([4, 30, 210])
    assert matched(live, other) == [6, -10]
    assert matched(np.array([]), other) == []


@pytest.fixture
def both(three, now):
    """Both rules judged 21. to 30. June; the candidate is two hours sooner in one home, and
    silent in another."""
    for home in three:
        for nth in range(20, 30):
            day = JUNE + timedelta(days=nth)
            loud = {(0, 24): {10: 5.0}, (1, 26): {10: 12.0}}.get((three.index(home), nth), {})
            put(home, day, loud, rule="live-1")
            sooner = {8: 5.0} if (three.index(home), nth) == (0, 24) else {}
            put(home, day, sooner, rule="next-1")
    return three


def compare(user, now, since: datetime):
    return shadow.compare(
        user,
        live=PlainRule("live-1"),
        candidate=PlainRule("next-1"),
        since=since,
        budgets=NOW,
        now=now,
    )


def test_alarms_of_each_of_both_and_hours_sooner(official, both, now):
    found = compare(official, now, now - timedelta(days=11))
    assert (found.days, found.homes) == (10, 3)
    yellow, red = found.rows
    assert (yellow.live, yellow.shadow, yellow.both, yellow.sooner) == (2, 1, 1, 2.0)
    assert (yellow.live_homes, yellow.shadow_homes) == (2, 1)
    assert yellow.sooner_words == "2시간 빨리"
    assert (red.live, red.shadow, red.sooner_words) == (1, 0, "-")
    assert [(row.household, row.live, row.shadow) for row in found.differing] == [(both[1], 1, 0)]


def test_hours_that_one_rule_has_not_judged_count_for_neither(official, both, now):
    EvidenceDay.objects.filter(rule="next-1", household_id=both[1].pk).delete()
    found = compare(official, now, now - timedelta(days=11))
    assert (found.homes, found.rows[0].live) == (2, 1)


def test_on_its_first_day_a_candidate_has_nothing_to_show(official, both, now):
    found = compare(official, now, now - timedelta(hours=3))
    assert (found.rows, found.days) == ([], 0)


def test_an_administrator_sees_no_home(administrator, both, now):
    found = compare(administrator, now, now - timedelta(days=11))
    assert (found.homes, found.differing) == (0, [])
