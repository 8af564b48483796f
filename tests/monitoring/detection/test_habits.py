"""What is learned from sixty days, and how far silence went in them."""

import numpy as np

from monitoring.detection import tables
from monitoring.detection.advance import advance
from monitoring.detection.habits import learn, nothing_learned
from monitoring.detection.hot import SINCE, fresh
from monitoring.detection.inputs import PHONE, POWER, STEPS, outage_limit, without_outages
from monitoring.detection.records import LEVELS, RECORDS, SHARE_STEP
from tests.monitoring.detection.homes import FREE, history, quiet_day

LONGEST = LEVELS.index("longest")


def learned(past: np.ndarray) -> np.ndarray:
    return learn(past[:, :, :60], FREE[:60])


def test_breakfast_is_a_habit_and_the_night_is_not():
    active = learned(history())["hours"]["often"][0, 0, :, POWER] / SHARE_STEP
    assert active[7] > 0.6
    assert active[1:6].max() < 0.2


def test_an_active_hour_speaks_for_silence_only_where_life_is_usual():
    hours = learned(history())["hours"]["phone"][0, 0, :, 0, 0]  # nothing happened
    assert hours[12] > 15  # more than 0.6: at noon she usually telephones
    assert abs(int(hours[3])) <= 3


def test_what_is_missing_is_not_learned_from():
    past = history()
    past[:, :, 20:40] = np.nan  # announced absence
    habits = learned(past)[0]
    assert habits["days"][[POWER, PHONE, STEPS]].tolist() == [40, 40, 40]
    whole = learned(history())[0]
    longest = RECORDS.index("silent_any")
    assert habits["record"][longest, LONGEST] <= whole["record"][longest, LONGEST] + 1


def test_an_unannounced_absence_stays_in_the_record():
    past = history()
    past[POWER, :, 20:22] = 0.07
    past[[PHONE, STEPS], :, 20:22] = 0
    habits = learned(past)[0]
    assert habits["record"][RECORDS.index("silent_any"), LONGEST] >= 48


def test_fewer_than_fourteen_days_say_nothing_yet():
    habits = learn(history(days=13), FREE[:13])
    assert not habits["hours"]["power"].any()
    assert (habits["edges"][0] == tables.DEFAULT_EDGES).all()


def test_the_second_lowest_night_is_the_timer_profile():
    past = history()
    past[POWER, :, :, 3] = 2.0
    past[POWER, :, 50, 3] = 0.07  # one power cut does not undo the timer
    assert abs(learned(past)["idle"][0, 3] - 2.0) < 1e-6


def test_an_outage_takes_two_hours_after_it_along():
    hours = np.full((1, 12), 0.2, np.float32)
    hours[0, 4:6] = 0.0
    gone = np.isnan(without_outages(hours, np.array([0.01], np.float32)))
    assert np.flatnonzero(gone[0]).tolist() == [4, 5, 6, 7]
    assert outage_limit(np.full((1, 5), np.nan, np.float32))[0] == 0


def test_a_newcomers_boiler_is_no_sign_of_life_from_the_third_night_on():
    """Nobody is there; a boiler heats every night. Before, it broke every silence at 20 hours."""
    past = quiet_day().reshape(5, 1, 1, 24).repeat(12, axis=2)
    past[POWER, :, :, 1:4] += 1.5
    past[POWER] *= np.random.default_rng(3).uniform(0.97, 1.03, past[POWER].shape)
    hot = fresh(1)
    for day in range(12):
        known = past[:, :, : max(day - 1, 0)]
        habits = learn(known, FREE[: known.shape[2]]) if day > 1 else nothing_learned(1)
        hot = advance(hot, habits, past[:, :, day], first_hour=0, free=FREE[:1].repeat(24)).hot
    assert hot["silent"][0, SINCE.index("any")] >= 8 * 24


def test_a_newcomers_television_is_no_timer():
    assert not learn(history(days=8), FREE[:8])["idle"][0, 18:22].any()


def test_the_days_of_each_type_are_counted():
    past = history()
    past[POWER, :, :5] = np.nan
    counted = learned(past)["of_type"][0]
    assert counted[:, PHONE].tolist() == [int((~FREE[:60]).sum()), int(FREE[:60].sum())]
    assert counted[:, POWER].tolist() == [int((~FREE[5:60]).sum()), int(FREE[5:60].sum())]
