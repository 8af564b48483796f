"""At the time of the test, with empty counters; files are scored elsewhere."""

import importlib

import pytest
from django.core.cache import cache

from accounts.models import Organisation
from monitoring import partners
from tests.households.factories import make_household


@pytest.fixture(autouse=True)
def _at(frozen_clock, monkeypatch):
    door = importlib.import_module("monitoring.intake.door")
    monkeypatch.setattr(door, "_score", lambda *args, **kwargs: None)
    cache.clear()


@pytest.fixture
def kepco(db):
    return Organisation.objects.get(code="kepco-yeoncheon")


@pytest.fixture
def secret(kepco, now):
    return partners.issue(feed="power", organisation=kepco, by=None, now=now)[1]


@pytest.fixture
def home(db):
    return make_household(meter="M-1")
