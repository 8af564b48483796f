"""The detector on arrays: silence adds up, life takes it away, missing hours do neither."""

import numpy as np
import pytest

from monitoring import setting_specs
from monitoring.detection import evidence, fixed, signals
from monitoring.detection.habits import learn, signs_of_life

MONDAY = 0
DAYS = 75
POINT = setting_specs.YELLOW_POINT


def home(days: int = DAYS, *, seed: int = 1, homes: int = 1) -> np.ndarray:
    """(H, D, 24) kWh: a fridge, breakfast at seven, television from eighteen to twenty-two."""
    rng = np.random.default_rng(seed)
    power = 0.06 + 0.02 * rng.random((homes, days, 24))
    power[:, :, 7] += 0.4 + 0.3 * rng.random((homes, days))
    power[:, :, 12] += 0.3 * (rng.random((homes, days)) < 0.8)
    power[:, :, 18:22] += 0.15 + 0.3 * rng.random((homes, days, 4))
    return power


def silent_from(power: np.ndarray, day: int, hour: int) -> np.ndarray:
    """The same home with nobody acting from that hour on: only the fridge."""
    rng = np.random.default_rng(9)
    quiet = power.copy().reshape(len(power), -1)
    start = day * 24 + hour
    quiet[:, start:] = 0.06 + 0.02 * rng.random(quiet[:, start:].shape)
    return quiet.reshape(power.shape)


def test_an_ordinary_home_stays_below_the_shipped_point():
    sums = evidence.backtest(home(homes=5), MONDAY)[:, 60:]
    assert np.nanmax(sums) < POINT


def test_silence_adds_up_over_a_day():
    sums = evidence.backtest(silent_from(home(), 70, 0), MONDAY)
    assert sums[0, 71, 23] > POINT
    assert sums[0, 72, 23] > sums[0, 71, 23]


def test_a_life_sign_takes_the_evidence_away_at_once():
    power = silent_from(home(), 66, 0)
    power[:, 70:] = home(seed=2)[:, 70:]
    sums = evidence.backtest(power, MONDAY)
    before = sums[0, 69, 23]
    assert before > POINT
    assert sums[0, 70, 7:].min() < before / 2


def test_a_television_left_on_is_silence_too():
    power = home()
    power[:, 70:] = 0.9 + 0.02 * np.random.default_rng(4).random((1, DAYS - 70, 24))
    sums = evidence.backtest(power, MONDAY)
    assert sums[0, 72, 23] > POINT


def test_missing_hours_add_nothing_and_forget_nothing():
    power = silent_from(home(), 68, 0)
    power[:, 70, 6:] = np.nan
    sums = evidence.backtest(power, MONDAY)
    assert np.allclose(sums[0, 70, 6:], sums[0, 70, 5])


def test_a_home_of_which_nothing_arrives_has_no_evidence():
    power = home()
    power[:, 65:] = np.nan
    sums = evidence.backtest(power, MONDAY)
    assert np.nanmax(sums[:, 66:]) <= np.nanmax(sums[:, :66])


def test_a_power_cut_is_missing_not_silence():
    past = home()
    limit = signals.outage_limit(past)
    hours = past[:, -1].copy()
    hours[0, 5:8] = 0.0
    cleaned = signals.without_outages(hours, limit)
    assert np.isnan(cleaned[0, 5:10]).all()  # the cut and the two hours after
    assert np.isfinite(cleaned[0, :5]).all()


def test_a_heating_timer_is_no_sign_of_life():
    power = home()
    power[:, :, 2] += 1.5  # storage heating every night at two
    idle = signals.idle_profile(power)
    seen = signals.views(power, idle)
    known = learn(power, seen, idle, MONDAY)
    nights = signs_of_life(seen, known).reshape(DAYS, 24)[:, 2:5]
    assert nights.mean() < 0.1


@pytest.mark.parametrize("cut", [61 * 24 + 5, 66 * 24, 70 * 24 + 23])
def test_the_sum_depends_on_nothing_later(cut):
    power = silent_from(home(homes=3), 69, 11)
    whole = evidence.backtest(power, MONDAY).reshape(3, -1)
    other = power.copy().reshape(3, -1)
    other[:, cut:] = 7.7
    again = evidence.backtest(other.reshape(power.shape), MONDAY).reshape(3, -1)
    assert np.array_equal(whole[:, :cut], again[:, :cut], equal_nan=True)


def test_a_planned_absence_adds_nothing():
    hours = np.full((1, 48), 1.0)
    held = np.zeros((1, 48), bool)
    held[0, 10:30] = True
    sums = evidence.add_up(hours, held=held)
    assert sums[0, 29] == sums[0, 9] == 10
    assert sums[0, 47] == 28


def test_a_confirmation_begins_the_sum_again():
    hours = np.full((1, 10), 1.0)
    restart = np.zeros((1, 10), bool)
    restart[0, 4] = True
    assert evidence.add_up(hours, restart=restart)[0].tolist() == [1, 2, 3, 4, 0, 1, 2, 3, 4, 5]


def test_a_single_odd_hour_is_clipped():
    assert evidence.CLIP == (-5.0, 2.5)
    sums = evidence.backtest(silent_from(home(), 70, 0), MONDAY).reshape(-1)
    assert np.nanmax(np.diff(sums)) <= 2.5 + 1e-9


def test_hours_not_received_are_not_silent_hours():
    evidence_row = np.ones((1, 24))
    evidence_row[0, 10:14] = np.nan
    none = np.zeros((1, 24), bool)
    signs = none.copy()
    signs[0, 5] = True
    assert fixed.silent_hours(evidence_row, signs, none, none)[0] == 18 - 4


def test_homes_do_not_touch_each_other():
    power = home(homes=4)
    alone = evidence.backtest(power[2:3], MONDAY)
    together = evidence.backtest(power, MONDAY)[2:3]
    assert np.allclose(alone, together, equal_nan=True)
