"""Collapses put into history, and trees learned from them."""

import numpy as np
import pytest

from monitoring.detection import inject, training, trials
from monitoring.detection.inputs import APP, LINE, PHONE, POWER, STEPS
from monitoring.detection.model import Model
from monitoring.detection.trials import Windows
from tests.monitoring.detection.homes import history

ONSET = 62 * 24 + 15


def flat(homes: int = 1, **more) -> np.ndarray:
    past = history(homes, days=68, **more)
    return past.reshape(5, homes, -1)


def collapsed(kind: str, past: np.ndarray, seed: int = 1) -> np.ndarray:
    begun = [inject.Collapse(kind, ONSET)] * past.shape[1]
    return inject.inject(past, begun, np.random.default_rng(seed), hours=96)


@pytest.mark.parametrize("kind", [*inject.KINDS, inject.HELD_OUT])
def test_a_collapse_changes_nothing_before_it_and_silences_what_follows(kind):
    past = flat()
    found = collapsed(kind, past)
    assert np.array_equal(found[:, :, :ONSET], past[:, :, :ONSET], equal_nan=True)
    after = slice(ONSET, ONSET + 96)
    assert (found[PHONE, 0, after] > 0).mean() < 0.1
    assert np.isfinite(found[POWER, 0, after]).all()
    assert (found[POWER, 0, after] >= 0).all()


def test_what_was_left_on_stays_on():
    past = flat()
    on = collapsed("stuck_on", past, 2)[POWER, 0, ONSET : ONSET + 96]
    assert on.min() > np.nanquantile(past[POWER, 0], 0.05)
    assert np.abs(np.diff(on)).mean() < 0.2 * on.mean()


def test_missing_hours_stay_missing():
    past = flat()
    past[:, :, ONSET + 10 : ONSET + 15] = np.nan
    found = collapsed("quiet_night", past)
    assert np.isnan(found[:, :, ONSET + 10 : ONSET + 15]).all()


def test_the_same_seed_makes_the_same_collapse():
    past = flat(3)
    one, other = collapsed("own_absence", past, 5), collapsed("own_absence", past, 5)
    assert np.array_equal(one, other, equal_nan=True)


@pytest.mark.parametrize("mode", inject.MODES)
def test_a_mode_leaves_what_its_partners_would_send(mode):
    home = flat()[:, 0].copy()
    events = home[PHONE].copy()
    inject.hide(home, mode, np.random.default_rng(1))
    received = np.isfinite(home).any(axis=1)
    assert received[POWER] == (mode != "phone_steps")
    assert received[[PHONE, LINE, APP]].any() == (mode != "power")
    assert received[STEPS] == (mode not in ("power", "power_phone"))
    if mode == "split":
        assert np.array_equal(home[PHONE], events)


def test_windows_of_one_home_are_never_split():
    past = history(4, days=68)
    twins = np.concatenate([past, past + 1e-4], axis=1)
    groups = trials.look_alikes(Windows(twins, np.arange(68) % 7 >= 5))
    assert (groups[:4] == groups[4:]).all()


@pytest.fixture(scope="module")
def made():
    windows = Windows(history(8, days=68), np.arange(68) % 7 >= 5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "TREES", 8)
        patch.setattr(training, "PASSES", ("all", "power"))
        return [
            training.train(
                [windows], seed=3, made_on="2026-11-22", command="train", sources=["a.csv"]
            )
            for _ in range(2)
        ]


def test_the_same_seed_makes_the_same_file(made):
    assert made[0].model == made[1].model
    assert made[0].card == made[1].card


def test_the_card_says_what_it_was_trained_on(made):
    card = made[0].card
    assert card["trained_on"]["homes"] == 8
    assert card["trained_on"]["never_trained_on"] == inject.HELD_OUT
    assert card["made_on"] == "2026-11-22"
    assert len(card["figures"]["as_given"]) == 4


def test_a_new_model_can_be_loaded_and_asked_for_its_points(made):
    model = Model.load(made[0].model, made[0].card)
    assert np.isfinite(model.point(0.32))
    assert model.point(0.1) >= model.point(2.7)


def test_too_little_history_is_refused():
    windows = Windows(history(10, days=61), np.zeros(61, bool))
    with pytest.raises(training.TooLittle, match="homes with at least"):
        training.train([windows], seed=1, made_on="2026-11-22", command="", sources=[])
