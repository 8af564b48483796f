"""Candidates: uploaded or learned, run beside the live rule, and only then decided on."""

import json
from datetime import timedelta
from functools import cache as cache_result

import numpy as np
import pytest
import xgboost
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Message
from dispatch.tuning import computing, learning
from monitoring.detection.features import FEATURES, FEATURES_VERSION
from monitoring.detection.training import Trained
from monitoring.models import DetectionRule
from tests.dispatch.tuning.conftest import CARD_ROWS, text_of

pytestmark = pytest.mark.django_db

URL = "/tuning/rules/"


@pytest.fixture(autouse=True)
def _nobody_is_learning():
    cache.clear()
    yield
    cache.clear()


@cache_result
def trees() -> bytes:
    """Two small trees over the detector's features."""
    rng = np.random.default_rng(1)
    table = xgboost.DMatrix(rng.random((60, len(FEATURES))), rng.integers(0, 2, 60))
    return bytes(xgboost.train({"objective": "binary:logistic"}, table, 2).save_raw("ubj"))


def trained(version="county-1") -> Trained:
    points = [[0.02, 3.0], [10.0, -1.0]]
    card = {
        "version": version,
        "features_version": FEATURES_VERSION,
        "made_on": "2026-06-30",
        "trained_on": {"sources": ["우리 군 90일"], "homes": 180},
        "calibration": {"evidence": points, "fused": points},
        "figures": {"as_given": CARD_ROWS},
    }
    return Trained(trees(), card)


def files(made: Trained, **other):
    return {
        "model": SimpleUploadedFile("model.ubj", made.model),
        "card": SimpleUploadedFile("model.card.json", json.dumps(made.card).encode()),
        "reason": "여름 자료로 배움",
        **other,
    }


@pytest.mark.parametrize(
    ("who", "reads", "keeps", "decides"),
    [
        ("official", 200, 302, 422),
        ("administrator", 200, 302, 403),
        ("operator", 200, 403, 403),
        ("clerk_jeongok", 403, 403, 403),
        ("responder", 403, 403, 403),
        ("privacy_officer", 403, 403, 403),
        ("outsider", 403, 403, 403),
    ],
)
def test_who_reads_keeps_and_decides(request, as_user, who, reads, keeps, decides):
    client = as_user(request.getfixturevalue(who))
    assert client.get(URL).status_code == reads
    assert client.post(f"{URL}upload/", files(trained())).status_code == keeps
    assert client.post(f"{URL}learn/").status_code == keeps
    for verb in ("county-1/live/", "county-1/retire/", "back/"):
        assert client.post(URL + verb, {"reason": ""}).status_code == decides, verb


def test_a_candidate_runs_beside_and_goes_live_only_after_its_days(
    as_user, official, frozen_clock, now
):
    client = as_user(official)
    client.post(f"{URL}upload/", files(trained()))
    rule = DetectionRule.objects.get()
    assert (rule.version, rule.state, rule.by) == ("county-1", "shadow", official)
    assert "2026. 7. 8. 12:00부터 쓸 수 있습니다" in text_of(client.get(URL))
    early = client.post(f"{URL}county-1/live/", {"reason": "좋아 보임"})
    assert early.status_code == 422
    frozen_clock.tick(timedelta(days=7))
    client = as_user(official)  # whoever is away for days signs in again
    assert client.post(f"{URL}county-1/live/", {"reason": "견주어 보니 낫다"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.state, rule.reason) == ("live", "견주어 보니 낫다")


def test_back_to_the_rule_before(as_user, official, frozen_clock):
    for version in ("county-1", "county-2"):
        as_user(official).post(f"{URL}upload/", files(trained(version)))
        frozen_clock.tick(timedelta(days=8))
        as_user(official).post(f"{URL}{version}/live/", {"reason": "씀"})
    frozen_clock.tick(timedelta(days=1))
    client = as_user(official)
    assert client.post(f"{URL}back/", {"reason": "헛알림이 늘었음"}).status_code == 302
    states = dict(DetectionRule.objects.values_list("version", "state"))
    assert states == {"county-1": "live", "county-2": "retired"}
    client.post(f"{URL}county-1/retire/", {"reason": "함께 온 것으로"})
    answer = client.post(f"{URL}back/", {"reason": "또"})
    assert "되돌릴 것이 없습니다" in text_of(answer)


def test_a_candidate_is_given_up(as_user, official):
    client = as_user(official)
    client.post(f"{URL}upload/", files(trained()))
    client.post(f"{URL}county-1/retire/", {"reason": "늦게 알아차림"})
    assert DetectionRule.objects.get().state == "retired"
    assert "늦게 알아차림" in text_of(client.get(URL))


def broken_card():
    card = dict(trained().card)
    del card["calibration"]
    return Trained(trained().model, card)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (Trained(b"no model", {"version": "x"}), "이 모델은 쓸 수 없습니다"),
        (broken_card(), "이 모델은 쓸 수 없습니다"),
        (trained("../x"), "이 모델은 쓸 수 없습니다"),
    ],
    ids=["no-model", "no-calibration", "bad-name"],
)
def test_a_file_that_cannot_be_used_is_refused(as_user, official, made, words):
    answer = as_user(official).post(f"{URL}upload/", files(made))
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not DetectionRule.objects.exists()


def test_the_same_rule_twice_is_refused(as_user, official):
    client = as_user(official)
    client.post(f"{URL}upload/", files(trained()))
    assert "이미 있는 감지 기준입니다" in text_of(client.post(f"{URL}upload/", files(trained())))


def test_a_card_that_is_no_json_is_refused(as_user, official):
    card = SimpleUploadedFile("card.json", b"\xff\xfe")
    answer = as_user(official).post(f"{URL}upload/", files(trained(), card=card))
    assert "JSON 파일이어야 합니다" in text_of(answer)


def test_learning_runs_once_at_a_time(official, administrator, now):
    assert learning.begin(by=official, now=now)
    assert not learning.begin(by=administrator, now=now)
    assert learning.under_way().by == official.name


def test_what_was_learned_runs_beside_and_the_person_is_told(official, now, monkeypatch):
    monkeypatch.setattr(learning, "_train", lambda now: trained())
    learning.begin(by=official, now=now)
    rule = learning.learn(official.pk, now=now)
    assert (rule.state, rule.reason) == ("shadow", "우리 군 자료로 다시 배움")
    assert learning.under_way() is None
    assert Message.objects.get(recipient=official).kind == "dispatch.rule_learned"


def test_too_little_history_is_told(official, now):
    learning.begin(by=official, now=now)
    assert learning.learn(official.pk, now=now) is None
    assert learning.under_way() is None
    assert Message.objects.get(recipient=official).kind == "dispatch.rule_not_learned"


def test_an_administrator_sees_no_homes(as_user, administrator, official, three, frozen_clock):
    as_user(official).post(f"{URL}upload/", files(trained()))
    frozen_clock.tick(timedelta(days=3))
    page = text_of(as_user(administrator).get(URL))
    assert "county-1" in page
    assert "/households/" not in page.split("<main")[1]
    assert computing.FEWEST_HOMES == 20
