"""What the tests of this floor share."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts import clock
from accounts.models import User
from tests.cast import sign_in

ClientOf = Callable[[User], Client]


@pytest.fixture
def client_of(frozen_clock: clock.FrozenClock) -> ClientOf:
    """A client of its own for each person, at the time of the test."""
    return lambda user: sign_in(Client(), user)


@pytest.fixture
def enrol_answers() -> dict[str, Any]:
    """A complete enrol form, with the consents of the county and KEPCO."""
    return {
        "township": "4180025300",
        "name": "나새롬",
        "birth_date": "1975-03-09",
        "sex": "female",
        "lives_alone": "yes",
        "phone": "010-9876-5432",
        "address": "경기도 연천군 전곡읍 은대리 77-1",
        "access_note": "뒷문",
        "dog": "",
        "consent_method": "paper",
        "consent_on": "2026-07-01",
        "consent_collection": "yes",
        "consent_kepco": "yes",
        "consent_skt": "no",
        "consent_happyconnect": "no",
        "consent_health": "no",
        "meter": "0412345678",
    }
