"""A household, a telephone company over real HTTP, and one without a network."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from django.test import Client

from accounts import clock
from dispatch import telephony
from dispatch.fake_twilio.bench import NUMBER, TOKEN, Bench
from dispatch.models import Case
from dispatch.telephony import Placed, ProviderCall
from households.models import Household
from tests.dispatch.world import Company, set_light, sweep
from tests.households.factories import make_household


@pytest.fixture
def home(db: None, now: datetime) -> Household:
    return make_household(phone="01033334444", now=now)


@pytest.fixture
def homes(db: None, now: datetime) -> Callable[[int], list[Household]]:
    return lambda number: [make_household(now=now) for _ in range(number)]


class QuietLine:
    """A company that takes every call and says nothing more: for tests that are not about the
    telephone. `dialled` holds the numbers in order; `answer` raises instead when set."""

    def __init__(self) -> None:
        self.dialled: list[str] = []
        self.staff: list[str] = []
        self.answer: Exception | None = None
        self.there: list[ProviderCall] = []
        self._sids = count(1)

    def dial(self, *, phone: str, token: str, ring_seconds: int, hooks: str = "voice") -> Placed:
        if self.answer is not None:
            raise self.answer
        (self.dialled if hooks == "voice" else self.staff).append(phone)
        return Placed(f"CA{next(self._sids):032x}", "queued")

    def hangup(self, *, sid: str, ringing: bool) -> None:
        self.there = [call for call in self.there if call.sid != sid]

    def fetch(self, *, sid: str) -> ProviderCall:
        return ProviderCall(sid, "in-progress")

    def list(self, *, phone: str, limit: int = 20) -> "list[ProviderCall]":
        return self.there

    def verify_webhook(self, request: Any) -> bool:
        from accounts import twilio_client

        return twilio_client.verify(request)


@pytest.fixture
def quiet_line() -> Iterator[QuietLine]:
    line = QuietLine()
    with telephony.use(line):
        yield line


@pytest.fixture
def company(client: Client, settings: Any, frozen_clock: clock.FrozenClock) -> Company:
    """Signed webhooks without a network; the clock stands at `now`."""
    settings.TWILIO = {**settings.TWILIO, "AUTH_TOKEN": TOKEN, "FROM_NUMBER": NUMBER}
    return Company(client, TOKEN, settings.PUBLIC_BASE_URL)


@pytest.fixture
def yellow(home: Household, now: datetime, quiet_line: QuietLine) -> Case:
    """An open yellow case whose first call is ringing."""
    set_light(home, "yellow", now=now)
    sweep(now)
    return Case.objects.get(household=home)


@pytest.fixture
def red(home: Household, now: datetime, quiet_line: QuietLine) -> Case:
    """An open red case, waiting, whose first call is ringing."""
    set_light(home, "red", now=now)
    sweep(now)
    return Case.objects.get(household=home)


@pytest.fixture
def bench(live_server: Any, settings: Any, frozen_clock: clock.FrozenClock) -> Iterator[Bench]:
    """The fake telephone company over real HTTP, calling this portal back; the programme clock
    stands still unless the test moves it."""
    with Bench(now=clock.now) as bench:
        bench.server.hold_seconds = 2.0
        settings.TWILIO = bench.twilio
        settings.PUBLIC_BASE_URL = live_server.url
        yield bench
