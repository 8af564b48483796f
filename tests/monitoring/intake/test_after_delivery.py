"""What follows a delivery: the touched homes are scored, and a missing broker harms nothing."""

import pytest
from django.test import override_settings

from monitoring import actions, feed_health, tasks
from monitoring.models import HouseholdState, SignalDay
from tests.households.factories import make_household
from tests.monitoring.files import day_rows, deliver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_clock")]


@pytest.fixture
def home():
    return make_household(meter="M-1")


@pytest.fixture
def sent(monkeypatch):
    """Household ids that were handed to a worker."""
    calls: list[list[int]] = []
    monkeypatch.setattr(
        tasks.score_households, "apply_async", lambda args, **options: calls.append(args[0])
    )
    return calls


def test_a_worker_gets_the_touched_homes(home, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        deliver([*day_rows("M-1"), *day_rows("M-9")], source="api")
    assert sent == [[home.pk]]


def test_nothing_new_scores_nothing(home, sent, django_capture_on_commit_callbacks):
    deliver(day_rows("M-1"))
    with django_capture_on_commit_callbacks(execute=True):
        deliver(day_rows("M-1"), source="api")
    assert sent == []


@override_settings(CELERY_BROKER_URL="redis://127.0.0.1:1/0")
def test_without_a_broker_the_data_come_in_all_the_same(
    home, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        assert deliver(day_rows("M-1"), source="api").accepted == 24
    assert sent == []


def test_the_command_waits_for_the_lights(home, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        deliver(day_rows("M-1"), source="command")
    assert sent == []
    assert HouseholdState.objects.filter(household=home).exists()


def test_after_a_purge_a_redelivery_stores_again(home):
    deliver(day_rows("M-1"))
    assert actions.purge(household=home, metric="power") == 1
    assert not SignalDay.objects.exists()
    assert deliver(day_rows("M-1")).accepted == 24


def test_a_feed_that_never_delivered_is_late_too(home, now, frozen_clock):
    assert feed_health.summary(now=now)["power"] == {
        "last_delivery_s": None,
        "late": True,
        "data_until": None,
    }


def test_a_feed_is_late_when_its_data_are(home, now, frozen_clock):
    deliver([("M-1", "2026-07-01 11:00", 1)])
    healthy = feed_health.summary(now=now)
    assert healthy["power"] == {
        "last_delivery_s": 0.0,
        "late": False,
        "data_until": "2026-07-01T03:00:00+00:00",
    }
    assert healthy["telecom"]["late"] is False
    assert feed_health.summary(now=now.replace(day=2))["power"]["late"] is True


def test_an_old_file_does_not_turn_the_time_back(home, now):
    deliver([("M-1", "2026-07-01 11:00", 1)])
    deliver([("M-1", "2026-06-01 11:00", 1)])
    assert feed_health.summary(now=now)["power"]["data_until"] == "2026-07-01T03:00:00+00:00"
