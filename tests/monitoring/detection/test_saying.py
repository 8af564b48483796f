"""What is said beside the light: facts of a silence, slow decline."""

import numpy as np
import pytest

from monitoring.detection import decline
from monitoring.detection.advance import advance
from monitoring.detection.facts import facts
from monitoring.detection.habits import learn
from monitoring.detection.hot import fresh
from monitoring.detection.inputs import PHONE, POWER, STEPS
from tests.monitoring.detection.homes import FREE, history, quiet_day


def said(hours: np.ndarray, habits: np.ndarray) -> np.ndarray:
    done = advance(fresh(1), habits, hours, first_hour=0, free=np.zeros(hours.shape[2], bool))
    return facts(done.hot, habits, hour=23, free=False, free_before=False)[0]


@pytest.fixture(scope="module")
def habits():
    return learn(history()[:, :, :60], FREE[:60])


def test_silence_is_told_by_source_beside_the_longest_of_sixty_days(habits):
    fact = said(quiet_day(), habits)
    assert fact["silent"].tolist() == [24, 24, 24]
    assert 5 < fact["longest_any"] < 24
    assert abs(fact["share"].sum() - 1) < 1e-5


def test_a_constant_level_tells_how_often_the_home_usually_changes(habits):
    on = quiet_day()
    on[POWER] = 0.9
    fact = said(on, habits)
    assert fact["constant"] >= 20
    assert fact["usual_changes"] >= 3


def test_somebody_active_is_silent_of_nothing(habits):
    day = history(seed=8, days=1).reshape(5, 1, -1)
    day[PHONE, 0, 23] = 3
    day[POWER, 0, 23] = 1.0
    day[STEPS, 0, 23] = 300
    fact = said(day, habits)
    assert fact["silent"].tolist() == [0, 0, 0]
    assert fact["silent_any"] == 0


def test_a_life_that_shrinks_is_flagged_and_a_steady_one_is_not():
    past = history(2, days=74)
    fading = past[:, 1]
    rng = np.random.default_rng(2)
    for day in range(40, 74):
        lost = rng.random(24) < (day - 40) / 34
        fading[POWER, day, lost] = 0.07
        fading[PHONE, day, lost] = 0
        fading[STEPS, day, lost] = 0
    index = decline.decline(past).index
    assert index[0] < decline.FLAGGED < index[1]


def test_decline_of_a_person_without_data_is_unknown():
    assert np.isnan(decline.decline(np.full((5, 1, 60, 24), np.nan, np.float32)).index[0])
