"""What is learned from sixty days, and how far silence went in them."""

import numpy as np

from monitoring.detection import tables
from monitoring.detection.habits import learn
from monitoring.detection.inputs import PHONE, POWER, STEPS, outage_limit, without_outages
from monitoring.detection.records import LEVELS, RECORDS, SHARE_STEP
from tests.monitoring.detection.homes import FREE, history

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
