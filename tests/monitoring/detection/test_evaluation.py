"""Alarms are counted as the definitions say."""

import numpy as np

from monitoring.detection import evaluation
from monitoring.detection.evaluation import Trial


def test_an_episode_begins_again_only_after_twelve_calm_hours():
    evidence = np.zeros((1, 60))
    evidence[0, [5, 10, 30]] = 9.0
    assert np.flatnonzero(evaluation.beginnings(evidence, 5.0)[0]).tolist() == [5, 30]


def test_an_alarm_that_was_already_running_does_not_count_as_found():
    trial = Trial(np.full((1, 200), 9.0), np.array([50]), ["quiet"])
    row = evaluation.at(trial, 5.0)
    assert row["false_alarms"] == round(720 / 50, 4)
    assert row["missed"] == 1.0
    assert row["median_h"] == evaluation.HORIZON


def test_delay_runs_to_the_end_of_the_hour():
    evidence = np.zeros((1, 200))
    evidence[0, 57] = 9.0
    trial = Trial(evidence, np.array([50]), ["quiet"])
    assert evaluation.delays(trial, 5.0).tolist() == [8.0]


def test_a_home_that_fades_is_neither_clean_nor_collapsed():
    trial = Trial(np.full((1, 100), 9.0), np.array([0]), [evaluation.SLOW])
    assert evaluation.at(trial, 5.0) == {"threshold": 5.0, "false_alarms": 0.0}


def test_hours_outside_a_homes_own_days_are_not_exposure():
    part = np.zeros((1, 100), bool)
    part[0, :40] = True
    trial = Trial(np.zeros((1, 100)), np.array([-1]), [""], part)
    assert trial.exposure.sum() == 40


def test_the_threshold_of_a_budget_keeps_it():
    evidence = np.random.default_rng(1).random((30, 720)).cumsum(axis=1) % 7
    trial = Trial.clean(evidence)
    for row in evaluation.operating_points(trial):
        assert row["false_alarms"] <= row["budget"]
    budgets, thresholds = np.array(evaluation.calibration(trial)).T
    assert (np.diff(budgets) > 0).all()
    assert (np.diff(thresholds) <= 0).all()
