"""Celery's wake-ups: a fault beside the lights does not put them out."""

import pytest

from accounts import clock
from monitoring import incidents, tasks
from monitoring.models import HouseholdState
from tests.households.factories import make_household


@pytest.mark.django_db
def test_homes_are_judged_although_the_feeds_cannot_be_checked(now, monkeypatch, caplog):
    def broken(*, now):
        raise RuntimeError("no partition")

    home = make_household(now=now)
    monkeypatch.setattr(incidents, "check", broken)
    with clock.freeze(now):
        tasks.score_households([home.pk])
    assert HouseholdState.objects.filter(household=home).exists()
    assert "not checked before scoring" in caplog.text
