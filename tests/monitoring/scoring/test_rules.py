"""A candidate runs in the shadow of the live rule, and takes over only after that."""

import json
from datetime import timedelta

import numpy as np
import pytest
import xgboost

from accounts import clock
from accounts.models import Message
from households.rules import Refused
from monitoring import rules_actions, run_troubles, scoring, tasks
from monitoring.detection.features import FEATURES, FEATURES_VERSION
from monitoring.models import Assessment, DetectionRule, EvidenceDay
from monitoring.scoring import rule
from tests.households.factories import make_household
from tests.monitoring.scoring.lives import Life, light_of, put

pytestmark = pytest.mark.django_db


def trees(version: str) -> tuple[bytes, dict]:
    """A model that says the same of everybody; its card."""
    table = np.random.default_rng(1).random((50, len(FEATURES)), np.float32)
    data = xgboost.DMatrix(table, np.arange(50) % 2)
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, data, 1)
    points = [[0.01, 9.0], [0.1, 8.0], [0.32, 7.0], [5.0, 5.0]]
    card = {
        "version": version,
        "features_version": FEATURES_VERSION,
        "calibration": {"evidence": points, "fused": points},
    }
    return bytes(booster.save_raw("ubj")), json.loads(json.dumps(card))


@pytest.fixture(autouse=True)
def _no_model_of_another_test():
    rule.named.cache_clear()
    yield
    rule.named.cache_clear()


@pytest.fixture
def resident(now):
    home = make_household(meter="M-1", now=now)
    put(home, Life(), now)
    scoring.score(now=now)
    return home


def shadow(official, now, version="trees-next"):
    model, card = trees(version)
    return rules_actions.run_in_shadow(
        model=model, card=card, by=official, reason="새 자료로 학습", now=now
    )


def test_a_candidate_writes_evidence_beside_the_live_rule_and_changes_no_light(
    resident, now, official
):
    live = rules_actions.live_rule().version
    shadow(official, now)
    later = now + timedelta(days=2)
    whole = Life(days=77)
    put(resident, whole, later, until=now)
    scoring.score(now=now)
    EvidenceDay.objects.filter(rule="trees-next").delete()
    put(resident, whole, later)
    assert scoring.score(now=later).changed == 0
    days = EvidenceDay.objects.filter(household_id=resident.pk)
    assert days.filter(rule="trees-next").count() == 2
    assert days.filter(rule=live).count() > 2
    newest = days.filter(rule="trees-next").latest("day")
    beside = np.frombuffer(newest.evidence, "<f4")
    assert np.isfinite(beside).all()
    assert light_of(resident) == "green"


def test_only_a_rule_that_ran_in_the_shadow_long_enough_goes_live(resident, now, official):
    shadow(official, now)
    with pytest.raises(Refused, match="7일"):
        rules_actions.go_live(version="trees-next", by=official, reason="낫다", now=now)
    week = now + timedelta(days=7)
    rules_actions.go_live(version="trees-next", by=official, reason="낫다", now=week)
    assert rules_actions.live_rule().version == "trees-next"
    put(resident, Life(days=82).quiet(-9), week)
    scoring.score(now=week)
    kept = Assessment.objects.filter(household=resident).latest("id")
    assert (kept.light, kept.rule_version) == ("red", "trees-next")


def test_one_candidate_at_a_time_and_never_one_that_cannot_be_used(now, official):
    shadow(official, now)
    with pytest.raises(Refused, match="이미 있습니다"):
        shadow(official, now, "trees-other")
    with pytest.raises(Refused, match="쓸 수 없는"):
        rules_actions.run_in_shadow(model=b"no model", card={}, by=official, reason="시험", now=now)


def test_a_retired_candidate_makes_room(now, official):
    shadow(official, now)
    rules_actions.retire(version="trees-next", by=official, reason="못하다", now=now)
    assert DetectionRule.objects.get().state == "retired"
    shadow(official, now, "trees-other")
    with pytest.raises(Refused):
        rules_actions.go_live(version="trees-next", by=official, reason="다시", now=now)


def test_a_clerk_may_not_decide_about_rules(now, clerk_jeongok):
    with pytest.raises(Refused, match="권한"):
        shadow(clerk_jeongok, now)


def test_without_a_usable_model_the_fused_sum_decides(resident, now, monkeypatch):
    def broken():
        raise rule.UnusableModel("broken")

    monkeypatch.setattr(rule, "shipped", broken)
    assert rules_actions.live_rule().version == rule.FALLBACK
    put(resident, Life().quiet(-9), now)
    scoring.score(now=now)
    assert light_of(resident) == "red"


def test_a_candidate_that_cannot_be_read_stops_no_light(resident, now, official, caplog):
    """A row of an earlier version of the program."""
    DetectionRule.objects.create(
        version="old", model=b"x", card={}, state="shadow", shadow_since=now, reason="시험"
    )
    put(resident, Life().quiet(-9), now)
    scoring.score(now=now)
    assert light_of(resident) == "red"
    assert "old" in caplog.text
    assert not Message.objects.filter(kind=run_troubles.UNUSABLE).exists()


def test_a_live_rule_that_cannot_be_read_makes_way_for_the_shipped_one(
    resident, now, official, caplog
):
    model, card = trees("trees-old")
    DetectionRule.objects.create(
        version="trees-old", model=model, card={**card, "features_version": "0"}, state="live",
        shadow_since=now, live_since=now, reason="시험",
    )  # fmt: skip
    put(resident, Life().quiet(-9), now)
    with clock.freeze(now):
        tasks.score_all()
        tasks.score_all()
    assert light_of(resident) == "red"
    assert rules_actions.live_rule().version == rule.at_first().version
    assert Assessment.objects.latest("id").rule_version == rule.at_first().version
    assert "trees-old" in caplog.text
    told = Message.objects.filter(kind=run_troubles.UNUSABLE, recipient=official)
    assert told.filter(channel="inbox").count() == 1
