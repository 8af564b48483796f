"""Neighbours who fall silent at once, as arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.detection.outages import area_faults, cancel_silence, silent_neighbours

HOURS = 72
ONE = np.zeros(10, np.intp)
GONE = np.float32(np.nan)


def living(homes: int = 10, hours: int = HOURS) -> np.ndarray:
    return np.full((homes, hours), 0.3, np.float32)


@pytest.mark.parametrize("nothing", [0.0, np.nan])
def test_a_third_of_an_area_without_current_is_a_fault(nothing):
    power = living()
    power[:3, 40:43] = nothing
    faults = area_faults(power, ONE)
    assert np.flatnonzero(faults[0]).tolist() == [40, 41, 42]
    power[2] = 0.3
    assert not area_faults(power, ONE).any()  # two of ten are two persons


def test_an_area_of_four_homes_says_nothing():
    power = living(4)
    power[:, 40] = 0
    assert not area_faults(power, ONE[:4]).any()


def test_areas_are_told_apart_and_homes_without_one_are_left_out():
    power = living(11)
    power[5:, 40] = 0
    area = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, -1])
    assert area_faults(power, area)[:, 40].tolist() == [False, True]


def test_meters_that_die_one_by_one_make_no_fault():
    power = living()
    for home, hour in enumerate((1, 26, 51)):
        power[home, hour:] = GONE
    assert not area_faults(power, ONE).any()
    power[:3] = 0.3
    power[:3, 51:] = GONE  # the same three at once do
    assert area_faults(power, ONE)[0, 51:].all()


def test_a_long_cut_does_not_end_by_being_forgotten():
    power = living(hours=240)
    power[:, 30:200] = 0
    faults = area_faults(power, ONE)[0]
    assert faults[30 : 30 + 168].all()
    assert not faults[:30].any()
    assert not faults[200:].any()


def test_each_home_has_its_own_level_of_nothing():
    power = living()
    power[:5, 40] = 0.01
    assert not area_faults(power, ONE).any()
    assert area_faults(power, ONE, np.full(10, 0.02, np.float32))[0, 40]


def test_what_may_still_come_is_not_missing():
    power = living()
    power[4:, 70:] = GONE  # a part of the file is on its way
    assert area_faults(power, ONE)[0, 70:].all()
    assert not area_faults(power, ONE, settled=70).any()
    power[:, 68:] = GONE
    power[:6, 68:] = 0  # and what came shows no current
    assert area_faults(power, ONE, settled=68)[0, 68:].all()


def test_a_fault_goes_on_while_nothing_new_is_known():
    power = living()
    power[:, 60:65] = 0
    power[:, 65:] = GONE
    assert area_faults(power, ONE, settled=65)[0, 60:].all()


def talking(homes: int, *, by_day: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(active, usual) of homes that telephone by day and sleep at night."""
    hour = np.arange(HOURS) % 24
    usual = np.tile(np.where((hour >= 8) & (hour < 22), by_day, 0.02), (homes, 1))
    drawn = np.random.default_rng(seed).random(usual.shape) < usual
    return drawn.astype(np.float32), usual.astype(np.float32)


def test_a_dead_network_by_day_is_noticed_within_three_hours():
    active, usual = talking(40, by_day=0.4)
    active[:, 34:40] = 0  # from ten o'clock on the second day
    faults = silent_neighbours(active, usual, np.zeros(40, np.intp))[0]
    assert faults[34:37].any()
    assert not faults[:34].any()
    assert not faults[40:].any()


def test_a_dead_network_of_people_who_call_little_is_noticed_the_same_day():
    """Twenty homes that telephone in a fifth of their waking hours: three hours expect twelve."""
    active, usual = talking(20, by_day=0.2)
    active[:, 34:48] = 0
    faults = silent_neighbours(active, usual, np.zeros(20, np.intp))[0]
    assert faults[38:48].all()
    assert not faults[:34].any()


def test_silence_at_night_is_no_news():
    active, usual = talking(40, by_day=0.4)
    active[:, 48:55] = 0
    assert not silent_neighbours(active, usual, np.zeros(40, np.intp)).any()


def test_a_network_that_died_by_day_stays_dead_through_the_night():
    active, usual = talking(40, by_day=0.4)
    active[:, 34:60] = 0
    faults = silent_neighbours(active, usual, np.zeros(40, np.intp))[0]
    assert faults[37:60].all()
    assert not faults[60:].any()


def test_a_feast_day_on_which_half_of_them_do_not_telephone_is_no_fault():
    active, usual = talking(60, by_day=0.4)
    active[::2, 24:48] = 0
    assert not silent_neighbours(active, usual, np.zeros(60, np.intp)).any()


def test_ordinary_months_give_no_fault():
    for seed in range(30):
        active, usual = talking(30, by_day=0.5, seed=seed)
        assert not silent_neighbours(active, usual, np.zeros(30, np.intp)).any()


def test_hours_not_received_are_no_silence():
    active, usual = talking(40, by_day=0.4)
    active[:, 34:40] = GONE
    assert not silent_neighbours(active, usual, np.zeros(40, np.intp)).any()


@given(cut=st.integers(26, HOURS - 1), seed=st.integers(0, 20))
def test_nothing_said_of_an_hour_rests_on_a_later_one(cut, seed):
    draw = np.random.default_rng(seed)
    power = draw.choice(np.array([0.0, 0.3, GONE], np.float32), (12, HOURS), p=[0.2, 0.7, 0.1])
    area = draw.integers(-1, 2, 12).astype(np.intp)
    whole = area_faults(power, area)[:, :cut]
    assert np.array_equal(whole, area_faults(power[:, :cut], area))
    active, usual = talking(12, by_day=0.9, seed=seed)
    active[:, 30:36] = 0
    whole = silent_neighbours(active, usual, area)[:, :cut]
    assert np.array_equal(whole, silent_neighbours(active[:, :cut], usual[:, :cut], area))


def test_an_outage_cancels_silence_and_never_a_sign_of_life():
    inputs = np.zeros((5, 2, 3), np.float32)
    inputs[0, 0] = [0.3, 0.0, 0.001]
    inputs[2, 1, 1] = 2
    masked = np.zeros(inputs.shape, bool)
    masked[:, :, 1:] = True
    seen = cancel_silence(inputs, masked, np.array([0.01, 0.01], np.float32))
    assert seen[0, 0].tolist()[0] == pytest.approx(0.3)
    assert np.isnan(seen[0, 0, 1:]).all()
    assert seen[2, 1, 1] == 2
    assert np.isnan(seen[2, 1, 2])
    assert (seen[:, :, 0] == inputs[:, :, 0]).all()
