"""From readings to lights: green, yellow, red, and grey where nobody can know."""

import re
from datetime import timedelta

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction

from households import actions as households
from households.days import local_day
from monitoring import actions, scoring
from monitoring.calendar import free_days
from monitoring.models import Assessment, HouseholdState, SignalDay
from tests.households.factories import make_household
from tests.monitoring.scoring.lives import APP, POWER, TELECOM, Life, light_of, put, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident(now):
    return make_household(meter="M-0001", now=now)


def test_an_ordinary_home_is_green_and_says_when_it_last_moved(resident, now):
    put(resident, Life(), now)
    scoring.score(now=now)
    state = state_of(resident)
    assert (state.light, state.basis) == ("green", "learned")
    assert state.last_sign_at > now - timedelta(days=1)
    assert "마지막 움직임" in state.reasons[0]
    assert state.rests_on == []


def test_silent_days_light_up_with_the_missed_habit_in_words(resident, now):
    put(resident, Life().quiet(-6), now)
    scoring.score(now=now)
    state = state_of(resident)
    assert state.light in ("yellow", "red")
    assert any("변화 없음" in line and "번 움직임" in line for line in state.reasons)
    assert state.silence_hours > 48
    assert state.rests_on == ["power"]


def test_the_missed_habit_is_told_in_days_that_were_counted(now):
    """Calls at eight on every single day: of as many weekdays (or free days) as there were."""
    home = make_household(line="L-1", now=now)
    put(home, Life(metrics=TELECOM).quiet(-6), now)
    scoring.score(now=now)
    last = local_day(now) - timedelta(days=2)
    free = int(free_days(last - timedelta(days=at) for at in range(60)).sum())
    silent_free = int(free_days(last - timedelta(days=at) for at in range(4)).sum())
    said = " ".join(state_of(home).reasons)
    days, active = map(int, re.search(r"(\d+)번 중 (\d+)번 움직임", said).groups())
    assert (days, active) in {
        (60 - free, 60 - free - (4 - silent_free)),
        (free, free - silent_free),
    }


def test_a_week_of_silence_is_red(resident, now):
    put(resident, Life().quiet(-12), now)
    scoring.score(now=now)
    assert light_of(resident) == "red"


def test_silence_of_every_source_is_told_by_source(now):
    home = make_household(meter="M-1", line="L-1", device="D-1", now=now)
    put(home, Life(metrics=POWER + TELECOM + APP).quiet(-9), now)
    scoring.score(now=now)
    state = state_of(home)
    assert state.light == "red"
    said = " ".join(state.reasons)
    assert "전력:" in said
    assert "휴대폰:" in said
    assert "걸음:" in said
    assert set(state.rests_on) == {"power", "telecom", "app"}


def test_somebody_who_still_telephones_is_not_silent(now):
    home = make_household(meter="M-1", line="L-1", now=now)
    put(home, Life(metrics=POWER + TELECOM).quiet(-2, metrics=POWER), now)
    scoring.score(now=now)
    assert light_of(home) == "green"


def test_something_left_running_is_silence_too(resident, now):
    put(resident, Life().stuck(-6, 20), now)
    scoring.score(now=now)
    state = state_of(resident)
    assert state.light in ("yellow", "red")
    assert any("같은 양이 켜져 있음" in line for line in state.reasons)


def test_no_data_is_grey_and_neither_safe_nor_danger(resident, now):
    scoring.score(now=now)
    assert light_of(resident) == "grey"


def test_data_that_stopped_are_grey(resident, now):
    put(resident, Life().missing(-3), now)
    scoring.score(now=now)
    state = state_of(resident)
    assert state.light == "grey"
    assert "오지 않습니다" in state.reasons[0]


def test_a_feed_that_stopped_leaves_the_others_to_judge(now):
    home = make_household(meter="M-1", line="L-1", now=now)
    life = Life(metrics=POWER + TELECOM)
    put(home, life.missing(-6, metrics=POWER).quiet(-6, metrics=TELECOM), now)
    scoring.score(now=now)
    state = state_of(home)
    assert state.light in ("yellow", "red")
    assert state.rests_on == ["telecom"]
    assert any("전력 자료는" in line for line in state.reasons)


def test_a_meter_that_reported_every_hour_and_stopped_is_grey_within_the_day(resident, now):
    put(resident, Life().missing(-1, 3), now)
    scoring.score(now=now - timedelta(hours=1))
    assert light_of(resident) == "green"  # eight hours: a meter may lag behind the others
    scoring.score(now=now + timedelta(hours=1))
    assert light_of(resident) == "grey"


def test_a_green_home_tells_which_of_its_sources_ended(now):
    lacking = make_household(meter="M-1", line="L-1", now=now)
    whole = make_household(meter="M-2", line="L-2", now=now)
    life = Life(metrics=POWER + TELECOM)
    put(whole, life, now)
    put(lacking, Life(metrics=POWER + TELECOM).missing(-3, metrics=POWER), now)
    scoring.score(now=now)
    assert (light_of(lacking), light_of(whole)) == ("green", "green")
    assert any("전력 자료는 6. 29.(월) 0시부터" in line for line in state_of(lacking).reasons)
    assert not any("자료는" in line for line in state_of(whole).reasons)


def test_a_red_light_never_turns_grey(resident, now):
    put(resident, Life().quiet(-12), now)
    scoring.score(now=now)
    scoring.score(now=now + timedelta(days=3))
    state = state_of(resident)
    assert state.light == "red"
    assert any("오지 않습니다" in line for line in state.reasons)


def test_life_turns_red_to_green(resident, now):
    """Twelve silent days, and somebody who gets up this morning as if nothing had been."""
    life, morning = Life().quiet(-12), Life()
    life.values["power"][-1] = morning.values["power"][-1]
    night = now - timedelta(hours=6)
    put(resident, life, now, until=night)
    scoring.score(now=night)
    assert light_of(resident) == "red"
    evening = now + timedelta(hours=10)
    put(resident, life, evening)
    scoring.score(now=evening)
    state = state_of(resident)
    assert state.light == "green"
    assert state.last_sign_at > now - timedelta(hours=6)


def test_a_human_who_saw_the_person_begins_the_evidence_again(resident, now, operator):
    put(resident, Life().quiet(-12), now)
    scoring.score(now=now)
    actions.confirm_life(household=resident, at=now, source="seen", by=operator, now=now)
    state = state_of(resident)
    assert state.light == "green"
    assert state.last_sign_at == now


def test_a_life_sign_in_the_past_counts_from_there(resident, now, operator):
    put(resident, Life().quiet(-12), now)
    scoring.score(now=now)
    seen = now - timedelta(hours=5)
    actions.confirm_life(household=resident, at=seen, source="seen", by=operator, now=now)
    state = state_of(resident)
    assert state.light == "green"
    assert state.last_sign_at == seen
    assert state.silence_hours <= 5


def test_silence_that_goes_on_after_a_life_sign_lights_again(resident, now, operator):
    silent = Life(days=80).quiet(-17)
    put(resident, silent, now + timedelta(days=5), until=now)
    scoring.score(now=now)
    actions.confirm_life(household=resident, at=now, source="seen", by=operator, now=now)
    later = now + timedelta(days=5)
    put(resident, silent, later)
    scoring.score(now=later)
    assert light_of(resident) in ("yellow", "red")
    assert state_of(resident).silence_hours < 5 * 24 + 1


def test_a_planned_absence_is_no_silence(resident, now, clerk_jeongok):
    start = now - timedelta(days=5)
    _away(resident, start, now + timedelta(days=2), told=start, by=clerk_jeongok)
    put(resident, Life().quiet(-6, 12), now)
    scoring.score(now=now)
    state = state_of(resident)
    assert state.light == "green"
    assert any("부재" in line for line in state.reasons)


def test_an_absence_recorded_afterwards_takes_the_silence_back(resident, now, clerk_jeongok):
    put(resident, Life().quiet(-6, 12), now)
    scoring.score(now=now)
    assert light_of(resident) in ("yellow", "red")
    _away(resident, now - timedelta(days=6), now + timedelta(days=2), told=now, by=clerk_jeongok)
    assert light_of(resident) == "green"


def test_a_long_planned_absence_is_not_learned_as_the_habit(resident, now, clerk_jeongok):
    """Home again for three weeks after six away: a silence must still be noticed."""
    away, back = now - timedelta(days=64), now - timedelta(days=26)
    _away(resident, away, back, told=away, by=clerk_jeongok)
    life, quiet = Life(), Life().quiet(0)
    life.values["power"][-65:-26] = quiet.values["power"][-65:-26]
    life.values["power"][-6:] = quiet.values["power"][-6:]
    put(resident, life, now)
    scoring.score(now=now)
    assert light_of(resident) in ("yellow", "red")


@pytest.mark.parametrize("after", [-15, -1, 0, 0.5, 1, 8])
def test_an_absence_leaves_the_last_sign_of_life_where_it_is(resident, now, clerk_jeongok, after):
    """The desk offers the hour of the last sign as the beginning of an absence."""
    put(resident, Life().quiet(-2, 22), now)
    scoring.score(now=now)
    sign = state_of(resident).last_sign_at
    assert now - sign < timedelta(hours=40)
    start = sign + timedelta(hours=after)
    _away(resident, start, now + timedelta(days=2), told=now, by=clerk_jeongok)
    scoring.score(now=now)
    assert state_of(resident).last_sign_at == sign


def _away(household, start, end, *, told, by):
    households.plan_absence(
        household=household, by=by, starts_at=start, ends_at=end, kind="travel", source="self",
        now=told,
    )  # fmt: skip


def test_scoring_twice_changes_nothing(resident, now):
    put(resident, Life().quiet(-6), now)
    first = scoring.score(now=now)
    again = scoring.score(now=now)
    assert (first.changed, again.changed) == (1, 0)
    assert Assessment.objects.count() == 1


def test_every_change_of_light_is_kept_with_what_it_rested_on(resident, now):
    put(resident, Life(), now)
    scoring.score(now=now)
    put(resident, Life().quiet(-12), now)
    scoring.score(now=now)
    first, kept = Assessment.objects.order_by("id")
    assert (first.light, kept.light) == ("green", "red")
    assert kept.evidence >= kept.point_red > kept.point_yellow
    assert kept.rests_on == ["power"]
    assert kept.inputs["silent"]["power"] > 200
    assert kept.rule_version
    assert len(kept.inputs_digest) == 64
    assert state_of(resident).assessment == kept


def test_an_assessment_cannot_be_rewritten(resident, now):
    scoring.score(now=now)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE monitoring_assessment SET light = 'green'")


def test_only_watched_homes_are_judged(now):
    paused = make_household(meter="M-0003", now=now, state="paused")
    scoring.score(now=now)
    assert not HouseholdState.objects.filter(household=paused).exists()


def test_withdrawing_the_consent_forgets_the_readings(resident, now, clerk_jeongok):
    put(resident, Life(), now)
    scoring.score(now=now)
    households.withdraw_consent(household=resident, purpose="kepco", by=clerk_jeongok, now=now)
    assert not SignalDay.objects.filter(household_id=resident.pk).exists()
    assert light_of(resident) == "grey"


def test_withdrawing_one_consent_leaves_the_other_feeds_to_judge(now, clerk_jeongok):
    home = make_household(meter="M-1", line="L-1", clerk=clerk_jeongok, now=now)
    put(home, Life(metrics=POWER + TELECOM).quiet(-6, metrics=POWER), now)
    scoring.score(now=now)
    households.withdraw_consent(household=home, purpose="skt", by=clerk_jeongok, now=now)
    assert set(SignalDay.objects.values_list("metric", flat=True)) == {"power"}
    state = state_of(home)
    assert state.light in ("yellow", "red")  # the telephone had spoken for this person
    assert state.rests_on == ["power"]


def test_more_homes_take_no_more_queries(now, django_assert_max_num_queries):
    for i in range(3):
        put(make_household(meter=f"M-1{i:03}", now=now), Life(seed=i), now)
    scoring.score(now=now)
    with django_assert_max_num_queries(60):
        scoring.score(now=now + timedelta(hours=1))


def test_hour_by_hour_and_all_at_once_are_the_same(now):
    """Two homes with the same life, one fed by the hour: the same light, evidence and memory."""
    hourly, at_once = (make_household(meter=f"M-{n}", now=now) for n in range(2))
    start = now - timedelta(hours=50)
    life = Life().quiet(-3, 6)
    put(hourly, life, now, until=start)
    put(at_once, life, now, until=start)
    scoring.score(now=start)
    for hour in range(1, 51):
        put(hourly, life, now, until=start + timedelta(hours=hour))
        scoring.score(now=start + timedelta(hours=hour), household_ids=[hourly.pk])
    put(at_once, life, now)
    scoring.score(now=now)
    one, other = state_of(hourly), state_of(at_once)
    assert (one.light, one.evidence, one.silence_hours, one.last_sign_at, one.reasons) == (
        other.light, other.evidence, other.silence_hours, other.last_sign_at, other.reasons,
    )  # fmt: skip


def test_risk_groups_have_limits_of_their_own(now, clerk_jeongok):
    """A newcomer of the high group, 27 hours without a sign: limit 24, red from 36."""
    homes = {}
    for group in ("high", "general"):
        home = make_household(
            meter=f"M-{group}", now=now, since=timedelta(days=9), state="learning"
        )
        households.set_risk_group(
            household=home, by=clerk_jeongok, group=group, from_date=local_day(now),
            reason="전수조사", now=now,
        )  # fmt: skip
        put(home, Life(days=9).quiet(-2, 9), now)
        homes[group] = home
    scoring.score(now=now)
    assert (light_of(homes["high"]), light_of(homes["general"])) == ("yellow", "green")
    state = state_of(homes["high"])
    assert state.basis == "fixed"
    assert any("배우는 중" in line and "24시간" in line for line in state.reasons)


def test_a_person_of_a_month_is_judged_by_limit_and_habit_together(now):
    home = make_household(meter="M-1", now=now, since=timedelta(days=35), state="learning")
    put(home, Life(days=35).quiet(-6), now)
    scoring.score(now=now)
    state = state_of(home)
    assert (state.light in ("yellow", "red"), state.basis) == (True, "blended")
    assert 14 < state.days_learned < 60
    assert np.isclose(Assessment.objects.get().point_yellow, 1.0)
