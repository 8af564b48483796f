"""Red begins only where nothing is missing; what is lit goes on."""

import numpy as np
import pytest

from monitoring.detection.hot import UNKNOWN_GAP
from monitoring.detection.inputs import APP, INPUTS, LINE, PHONE, POWER
from monitoring.detection.whole import FORGOTTEN, PATIENCE, gaps, lights, received, whole

HOURS = 300


def history(**missing_from: int) -> np.ndarray:
    """(5, 1, HOURS) of a home that sends power and phone; each named source stops at an hour."""
    found = np.full((len(INPUTS), 1, HOURS), np.nan, np.float32)
    found[POWER], found[PHONE] = 0.2, 1
    for name, hour in missing_from.items():
        found[INPUTS.index(name), 0, hour:] = np.nan
    return found


def may(of: np.ndarray) -> np.ndarray:
    return whole(gaps(np.full((2, 1), UNKNOWN_GAP, np.float32), received(of)))[0]


@pytest.mark.parametrize("source", ["power", "phone"])
def test_red_waits_while_a_source_is_missing_and_forgets_it_after_three_days(source):
    allowed = may(history(**{source: 100}))
    first = 100 + int(PATIENCE)
    assert allowed[:first].all()
    assert not allowed[first : 100 + int(FORGOTTEN)].any()
    assert allowed[100 + int(FORGOTTEN) :].all()


@pytest.mark.parametrize("pattern", [PHONE, LINE, APP])
def test_any_pattern_of_the_telephone_will_do(pattern):
    given = history(phone=0)
    given[pattern] = 0
    assert may(given).all()


def test_a_home_that_never_had_a_telephone_is_whole():
    assert may(history(phone=0)).all()


def test_hour_by_hour_is_the_same_as_all_at_once():
    came = received(history(phone=50, power=90))
    before = np.array([[3.0], [UNKNOWN_GAP]], np.float32)
    whole_way = gaps(before, came)
    for hour in range(HOURS):
        before = gaps(before, came[:, :, hour : hour + 1])[:, :, 0]
        assert (before == whole_way[:, :, hour]).all()


def test_red_begins_where_it_may_and_stays_while_yellow():
    evidence = np.array([[0, 2, 4, 4, 2, 4, 0, 4]], np.float32)
    allowed = np.array([[1, 1, 0, 1, 0, 0, 0, 0]], bool)
    found = lights(evidence, allowed, yellow=1, red=3)
    assert found.tolist() == [[0, 1, 1, 2, 2, 2, 0, 1]]
