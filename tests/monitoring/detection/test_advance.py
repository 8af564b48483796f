"""Hours become evidence: silence adds up, life takes it away, missing hours do neither."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.detection.advance import advance
from monitoring.detection.habits import HABITS, learn, nothing_learned
from monitoring.detection.hot import HOT, SINCE, fresh
from monitoring.detection.inputs import APP, LINE, PHONE, POWER, STEPS
from monitoring.detection.model import shipped
from tests.monitoring.detection.homes import FREE, history, quiet_day

ANY = SINCE.index("any")
WORKDAY = np.zeros(24, bool)


@pytest.fixture(scope="module")
def habits():
    return learn(history()[:, :, :60], FREE[:60])


@pytest.fixture(scope="module")
def warm(habits):
    """The accumulators after five ordinary days."""
    return run(fresh(1), habits, history(seed=2)[:, :, 60:65].reshape(5, 1, -1)).hot


def run(hot, habits, hours, **more):
    more.setdefault("free", np.zeros(hours.shape[2], bool))
    return advance(hot, habits, hours, first_hour=0, **{"model": shipped()} | more)


def days(day: np.ndarray, count: int) -> np.ndarray:
    return np.concatenate([day] * count, axis=2)


def test_an_ordinary_week_stays_below_the_shipped_point(habits, warm):
    after = run(warm, habits, history(seed=3, days=7).reshape(5, 1, -1))
    assert after.evidence.max() < shipped().point(0.32)


def test_silence_adds_up_and_crosses_the_point_within_a_day(habits, warm):
    evidence = run(warm, habits, days(quiet_day(), 2)).evidence[0]
    assert evidence[23] > shipped().point(0.32)
    assert evidence[47] > evidence[12] > evidence[2]


def test_a_long_silence_stays_an_alarm_although_habits_are_learned_every_night():
    past = history(inputs="power phone", days=80)
    past[POWER, :, 62:] = days(quiet_day(), 18)[POWER].reshape(1, 18, 24)
    past[PHONE, :, 62:] = 0
    hot, evidence = fresh(1), []
    for day in range(60, 80):
        habits = learn(past[:, :, day - 60 : day], np.arange(day - 60, day) % 7 >= 5)
        after = run(hot, habits, past[:, :, day])
        hot = after.hot
        evidence.append(after.evidence[0, -1])
    assert min(evidence[5:]) > shipped().point(0.32)


def test_a_sign_of_life_lowers_the_evidence_in_the_same_hour(habits, warm):
    silent = run(warm, habits, days(quiet_day(), 2))
    after = run(silent.hot, habits, history(seed=4, days=1).reshape(5, 1, -1))
    before, breakfast = after.evidence[0, 6], after.evidence[0, 7]
    assert before > shipped().point(0.32)
    assert breakfast < before - 1
    assert after.silent[0, 7] == 0
    assert after.evidence[0, 12] < shipped().point(2.7)


def test_a_television_left_on_is_silence_too(habits, warm):
    on = quiet_day()
    on[POWER] += 0.8 * (1 + 0.03 * np.random.default_rng(5).standard_normal(24)).astype("f4")
    after = run(warm, habits, days(on, 2))
    assert after.evidence[0, -1] > shipped().point(0.32)
    assert after.hot["constant"][0] > 0 or after.hot["silent"][0, ANY] > 24


def test_a_heating_timer_is_no_sign_of_life():
    past = history()
    past[POWER, :, :, 2:6] += 1.5  # storage heating every night
    habits = learn(past[:, :, :60], FREE[:60])
    night = quiet_day()
    night[POWER, :, 2:6] += 1.5
    after = run(fresh(1), habits, days(night, 2))
    assert after.hot["silent"][0, ANY] == 48


def test_missing_hours_add_nothing_and_forget_nothing(habits, warm):
    silent = run(warm, habits, quiet_day())
    after = run(silent.hot, habits, np.full((5, 1, 24), np.nan, np.float32))
    assert (after.evidence == silent.evidence[0, -1]).all()
    assert (after.fused == silent.fused[0, -1]).all()
    for name in ("sums", "fading", "silent", "surprise", "odds"):
        assert np.array_equal(after.hot[name], silent.hot[name], equal_nan=True), name


def test_a_power_cut_is_missing_not_silence(habits, warm):
    cut = days(history(seed=5, days=1).reshape(5, 1, -1), 1)
    cut[POWER, 0, 8:12] = 0.0
    cut[[PHONE, STEPS]] = np.nan
    after = run(warm, habits, cut)
    # The cut and the two hours after it leave the count where breakfast put it.
    assert (after.silent[0, 8:14] == after.silent[0, 7]).all()


def test_hours_of_an_announced_absence_add_nothing(habits, warm):
    away = days(quiet_day(), 3)
    held = np.ones((1, 72), bool)
    after = run(warm, habits, away, held=held)
    assert (after.evidence == warm["evidence"][0]).all()
    assert after.hot["silent"][0, ANY] == warm["silent"][0, ANY]


def test_somebody_who_is_home_early_is_noticed_although_announced_away(habits, warm):
    silent = run(warm, habits, quiet_day())
    home = history(seed=6, days=1).reshape(5, 1, -1)
    after = run(silent.hot, habits, home, held=np.ones((1, 24), bool))
    assert after.evidence[0, -1] < silent.evidence[0, -1]


def test_a_person_who_was_seen_begins_again(habits, warm):
    seen = np.zeros((1, 48), bool)
    seen[0, 30] = True
    after = run(warm, habits, days(quiet_day(), 2), seen=seen)
    assert after.silent[0, 30] == 0
    assert after.fused[0, 30] == 0
    assert after.evidence[0, 30] < after.evidence[0, 29]
    assert after.silent[0, 47] == 17


def test_the_accumulators_that_were_given_stay_as_they_were(habits, warm):
    before = warm.tobytes()
    run(warm, habits, quiet_day())
    assert warm.tobytes() == before


def test_without_a_model_the_fused_sum_is_the_evidence(habits, warm):
    after = run(warm, habits, quiet_day(), model=None)
    assert np.array_equal(after.evidence, after.fused)
    assert after.fused[0, -1] > warm["fused"][0]


def test_an_app_that_dies_is_not_a_silent_telephone():
    past = history(inputs="power")
    rng = np.random.default_rng(3)
    awake = (np.arange(24) >= 7) & (np.arange(24) < 23)
    past[LINE] = (rng.random(past[LINE].shape) < 0.1) * awake
    past[APP] = rng.poisson(2.0, past[APP].shape) * awake
    past[PHONE] = past[LINE] + past[APP]
    habits = learn(past[:, :, :60], FREE[:60])
    dead = past[:, :, 61].copy()
    dead[[APP, PHONE]] = np.nan
    alive = past[:, :, 61].copy()
    alive[[LINE, PHONE, APP]] = 0.0
    without_app = run(fresh(1), habits, dead, model=None).hot["surprise"][0, 1]
    silent = run(fresh(1), habits, alive, model=None).hot["surprise"][0, 1]
    assert without_app < silent / 3  # judged by the line's own, seldom calls


def test_homes_do_not_touch_each_other():
    past = history(4)
    habits = learn(past[:, :, :60], FREE[:60])
    alone = learn(past[:, 2:3, :60], FREE[:60])
    assert habits[2:3].tobytes() == alone.tobytes()
    hours = past[:, :, 60]
    together = run(fresh(4), habits, hours)
    single = run(fresh(1), alone, hours[:, 2:3])
    assert np.array_equal(together.evidence[2], single.evidence[0])


def test_states_are_small_and_packed():
    assert HABITS.itemsize <= 2500
    assert HOT.itemsize <= 700
    hot, habits = fresh(3), nothing_learned(3)
    assert np.frombuffer(hot.tobytes(), HOT).tobytes() == hot.tobytes()
    assert np.frombuffer(habits.tobytes(), HABITS).tobytes() == habits.tobytes()


def test_a_stranger_can_be_judged_without_habits():
    after = run(fresh(1), nothing_learned(1), days(quiet_day(), 2))
    assert after.hot["silent"][0, ANY] == 48
    assert after.fused.max() == 0


@st.composite
def weeks(draw):
    """Two homes, two days, with holes, absences and confirmations at random."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hours = history(2, days=2, seed=draw(st.integers(0, 99))).reshape(5, 2, -1)
    silent = draw(st.integers(0, 40))
    hours[:, :, silent:] = days(quiet_day(2), 2)[:, :, silent:]
    hours[rng.random(hours.shape) < draw(st.sampled_from([0.0, 0.1, 0.5]))] = np.nan
    held = rng.random((2, 48)) < draw(st.sampled_from([0.0, 0.3]))
    seen = rng.random((2, 48)) < draw(st.sampled_from([0.0, 0.05]))
    return hours, held, seen


@pytest.fixture(scope="module")
def two():
    return learn(history(2)[:, :, :60], FREE[:60])


@settings(max_examples=12)
@given(given=weeks())
def test_hour_by_hour_gives_the_same_bits_as_a_day_at_once(two, given):
    hours, held, seen = given
    free = np.repeat([False, True], 24)
    whole = run(fresh(2), two, hours, free=free, held=held, seen=seen)
    hot, evidence = fresh(2), []
    for t in range(48):
        now = slice(t, t + 1)
        step = advance(
            hot,
            two,
            hours[:, :, now],
            first_hour=t % 24,
            free=free[now],
            held=held[:, now],
            seen=seen[:, now],
            model=shipped(),
        )
        hot = step.hot
        evidence.append(step.evidence)
    assert hot.tobytes() == whole.hot.tobytes()
    assert np.hstack(evidence).tobytes() == whole.evidence.tobytes()


@settings(max_examples=12)
@given(given=weeks(), cut=st.integers(1, 47))
def test_evidence_depends_on_nothing_later(two, given, cut):
    hours, held, seen = given
    whole = run(fresh(2), two, hours, held=held, seen=seen)
    hours[:, :, cut:] = 7.7
    again = run(fresh(2), two, hours, held=held, seen=seen)
    assert np.array_equal(whole.evidence[:, :cut], again.evidence[:, :cut], equal_nan=True)
