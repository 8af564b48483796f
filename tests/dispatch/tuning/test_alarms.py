"""Where episodes begin."""

import numpy as np

from dispatch.tuning.alarms import begins

NAN = np.nan


def hours(*values: float) -> np.ndarray:
    return np.array([values], np.float32)


def test_an_episode_begins_once_and_again_after_twelve_quiet_hours():
    evidence = hours(0, 3, 3, *[0] * 11, 3, 0, *[0] * 12, 3)
    assert np.flatnonzero(begins(evidence, 2.0)).tolist() == [1, 28]


def test_evidence_at_the_point_is_no_alarm():
    assert not begins(hours(2.0, 2.0), 2.0).any()


def test_every_home_has_its_own_point():
    evidence = np.array([[0, 3], [0, 3]], np.float32)
    assert begins(evidence, np.array([2.0, 4.0])).tolist() == [[False, True], [False, False]]


def test_what_was_not_received_is_no_alarm():
    assert not begins(hours(NAN, NAN), -1.0).any()
