"""The model that ships is the one its card describes."""

import hashlib

import numpy as np
import pytest

from monitoring.detection import model
from monitoring.detection.features import FEATURES, FEATURES_VERSION, MONOTONE
from monitoring.detection.model import Model, UnusableModel, shipped

FILE = model.SHIPPED / model.MODEL_FILE


def test_the_card_names_this_very_file():
    card = shipped().card
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() == card["sha256"]
    assert card["features"] == list(FEATURES)
    assert card["features_version"] == FEATURES_VERSION
    assert card["sha256"][:8] in shipped().version


def test_the_file_is_small():
    assert FILE.stat().st_size < 400_000


def test_the_card_reaches_what_the_programme_promises():
    figures = {row["budget"]: row for row in shipped().card["figures"]["as_given"]}
    assert figures[0.32]["median_h"] <= 20
    assert figures[0.32]["missed"] <= 0.06
    assert figures[1.0]["median_h"] <= 13
    alone = {row["budget"]: row for row in shipped().card["figures"]["power_only"]}
    assert alone[0.32]["median_h"] <= 45
    assert alone[0.32]["missed"] <= 0.40


def test_fewer_alarms_need_more_evidence():
    points = [shipped().point(alarms) for alarms in (2.7, 1.0, 0.32, 0.1)]
    assert points == sorted(points)
    fused = [shipped().fused_point(alarms) for alarms in (2.7, 1.0, 0.32, 0.1)]
    assert fused == sorted(fused)


def test_electricity_alone_needs_more_evidence_for_as_few_alarms():
    for alarms in (2.7, 1.0, 0.32):
        assert shipped().point(alarms, power_only=True) > shipped().point(alarms)


def test_the_trees_never_take_longer_silence_for_life():
    table = np.full((60, len(FEATURES)), 2.0, np.float32)
    table[:, np.array(MONOTONE) > 0] = np.arange(60)[:, None]
    assert (np.diff(shipped().predict(table)) >= 0).all()


def test_a_home_is_judged_alike_in_any_company():
    table = np.random.default_rng(1).random((50, len(FEATURES)), np.float32) * 20
    whole = shipped().predict(table)
    assert np.array_equal(whole[7:9], shipped().predict(np.ascontiguousarray(table[7:9])))
    assert shipped().predict(table[:0]).shape == (0,)


def test_a_model_for_other_features_is_refused():
    with pytest.raises(UnusableModel, match="made for features"):
        Model.load(FILE.read_bytes(), {**shipped().card, "features_version": "0"})


def test_a_broken_file_is_refused():
    with pytest.raises(UnusableModel, match="cannot be read"):
        Model.load(b"no trees", shipped().card)


def test_a_missing_card_is_refused(tmp_path):
    alone = tmp_path / "model.ubj"
    alone.write_bytes(FILE.read_bytes())
    with pytest.raises(UnusableModel):
        Model.load(alone)
