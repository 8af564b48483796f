"""Rows of homes that go on as usual are rewritten once a day; what is shown of them is not older
than the last run."""

from datetime import timedelta

import pytest

from households import actions as households
from households.days import local_day
from households.models import FeedLink
from monitoring import runs, scoring, standing
from monitoring.models import HotBlock, HouseholdState, RunKind
from monitoring.presenters import why_words
from tests.households.factories import make_household
from tests.monitoring.scoring.lives import POWER, TELECOM, Life, put

pytestmark = pytest.mark.django_db
SHOWN = (
    "light", "since", "evidence", "silence_hours", "last_sign_at", "data_until", "reasons",
    "basis", "rests_on", "days_learned", "rule_version",
)  # fmt: skip


def shown(state) -> dict:
    return {name: getattr(state, name) for name in SHOWN}


def row(home) -> dict:
    return shown(HouseholdState.objects.get(household=home))


@pytest.fixture
def home(now):
    return make_household(meter="M-1", line="L-1", now=now)


def hour_by_hour(home, life, begin, count):
    """Judges every hour after `begin` as it comes; yields (time, what is shown then)."""
    put(home, life, begin + timedelta(hours=count), until=begin)
    scoring.score(now=begin)
    for hour in range(1, count + 1):
        at = begin + timedelta(hours=hour)
        put(home, life, begin + timedelta(hours=count), until=at)
        scoring.score(now=at)
        yield at, shown(standing.of(home.pk))


def test_what_is_shown_is_what_a_rewritten_row_would_say(now, home, monkeypatch):
    """Every hour of a day and a half: as the row is when nothing is ever left as it was."""
    begin, life = now - timedelta(hours=36), Life(metrics=POWER + TELECOM)
    kept = list(hour_by_hour(home, life, begin, 36))
    stale = row(home)
    twin = make_household(meter="M-2", line="L-2", now=now)
    monkeypatch.setattr(scoring, "ordinary", lambda judged: judged.light < 0)  # nobody is
    whole = [row(twin) for _ in hour_by_hour(twin, life, begin, 36)]
    assert len(kept) == len(whole) == 36
    assert [said for _at, said in kept] == whole
    assert stale["data_until"] < kept[-1][1]["data_until"]  # the row was left as it was


def test_the_row_is_at_most_a_day_old(now, home):
    life = Life(metrics=POWER + TELECOM)
    for at, _said in hour_by_hour(home, life, now - timedelta(hours=30), 30):
        written = HouseholdState.objects.get(household=home)
        assert at - written.computed_at <= timedelta(hours=24)


def test_silence_is_written_in_the_hour_in_which_it_lights(now, home):
    life = Life(metrics=POWER + TELECOM).quiet(-3, 6)
    lights = []
    for at, said in hour_by_hour(home, life, now - timedelta(hours=50), 50):
        written = HouseholdState.objects.get(household=home)
        assert said["light"] == written.light
        if written.light != "green":
            assert (written.computed_at, shown(written)) == (at, said)
        lights.append(written.light)
    assert lights[0] == "green"
    assert {"yellow", "red"} & set(lights)


def test_an_announced_absence_is_said_at_once(now, home, clerk_jeongok):
    life = Life(metrics=POWER + TELECOM)
    *_, (_at, said) = hour_by_hour(home, life, now - timedelta(hours=3), 3)
    assert len(said["reasons"]) == 1
    households.plan_absence(
        household=home, by=clerk_jeongok, starts_at=now, ends_at=now + timedelta(days=3),
        kind="travel", source="family", now=now,
    )  # fmt: skip
    scoring.score(now=now)
    assert len(row(home)["reasons"]) == 2
    assert shown(standing.of(home.pk)) == row(home)


def test_one_query(home, now, django_assert_num_queries):
    put(home, Life(metrics=POWER + TELECOM), now)
    scoring.score(now=now)
    with django_assert_num_queries(1):
        state = standing.of(home.pk, assessment=True)
        assert state.assessment.light == state.light
    other = make_household(meter="M-9", now=now)
    assert standing.of(other.pk) is None


def test_accumulators_of_another_version_say_nothing(home, now):
    list(hour_by_hour(home, Life(metrics=POWER + TELECOM), now - timedelta(hours=2), 2))
    HotBlock.objects.update(hot=b"\0" * len(bytes(HotBlock.objects.get().hot)))
    assert shown(standing.of(home.pk)) == row(home)


def test_a_chunk_that_waited_leaves_homes_that_went_on_as_usual(home, now):
    run = runs.begin(kind=RunKind.SCORING.value, now=now - timedelta(hours=2))
    list(hour_by_hour(home, Life(metrics=POWER + TELECOM), now - timedelta(hours=5), 5))
    before = row(home)
    part = runs.claim(run.pk)
    assert scoring.score_range(part) == (0, 0)
    assert row(home) == before


def test_a_feed_that_ends_before_the_others_is_named(home, now):
    life = Life(metrics=POWER + TELECOM)
    put(home, life, now, metrics=POWER)
    put(home, life, now, metrics=TELECOM, until=now - timedelta(hours=7))
    scoring.score(now=now)
    assert standing.behind(standing.of(home.pk)) == {
        "telecom": standing.Behind(now - timedelta(hours=7))
    }
    put(home, life, now, metrics=TELECOM)
    assert standing.behind(standing.of(home.pk)) == {}


@pytest.mark.parametrize(
    ("begins_in", "told"),
    [(-100, "통신 자료는 2주 넘게 오지 않음"), (-14, "통신 자료는 2주 넘게 오지 않음"),
     (-13, "통신 자료는 아직 오지 않음"), (0, "통신 자료는 아직 오지 않음"), (1, None)],
)  # fmt: skip
def test_a_feed_of_which_nothing_came_is_told_as_long_as_it_is_linked(home, now, begins_in, told):
    """Nobody waits for a link that begins tomorrow."""
    since = local_day(now) + timedelta(days=begins_in)
    FeedLink.objects.filter(household=home, feed="telecom").update(valid_from=since)
    put(home, Life(metrics=POWER), now)
    scoring.score(now=now)
    assert why_words.data(standing.of(home.pk))[1:] == ([told] if told else [])


def test_a_home_of_one_feed_is_not_looked_at(now, django_assert_num_queries):
    home = make_household(meter="M-2", now=now)
    put(home, Life(), now)
    scoring.score(now=now)
    state = standing.of(home.pk)
    with django_assert_num_queries(2):  # links and consents
        assert standing.behind(state) == {}
