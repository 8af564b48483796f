"""From the red light to the request to the telephone company, while reds come one in two seconds.

A worker sweeps every two seconds, as the beat wakes it, over a county that is otherwise calm (one
home in fifty has an open yellow case). A light is written and committed; the time runs until the
company is asked to ring. The company takes 0.2 s for an answer and is no network away.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from time import monotonic, sleep
from typing import Any

from django.db import connection, connections
from django.http import HttpRequest

from accounts import clock
from accounts.roles import Role
from dispatch import engine, telephony
from dispatch.models import CallAttempt, Case, SweepPulse
from dispatch.telephony import Placed, ProviderCall
from monitoring import scoring
from monitoring.models import Assessment, HouseholdState
from yeoncheon_portal.bench import county
from yeoncheon_portal.bench.frame import peak_mb, verify

REDS = 40
EVERY_S = 2.0
BEAT_S = 2.0
ANSWER_S = 0.2
PATIENCE_S = 30.0
OPEN_SHARE = 50


def run(*, households: int, hours: int | None = None) -> dict[str, Any]:
    """{name, households, reds, p50_s, p95_s, worst_s, sweep_s: …, verified}."""
    now = clock.now()
    ids = county.build(households, now=now)
    county.staff("bench-operator", Role.CONTROL_OPERATOR, now=now)
    scoring.score(now=now, household_ids=ids)
    _light(ids[:: max(OPEN_SHARE, 1)], "yellow")
    company = _Company()
    with telephony.use(company):
        engine.sweep(now=clock.now())
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum does within a minute in an installation
        reds = ids[1 :: max(1, len(ids) // REDS)][:REDS]
        with _worker() as passes:
            waited = [_one(home, company) for home in reds]
    verify(Case.objects.filter(light="red").count() == len(reds), "a red has no case")
    verify(CallAttempt.objects.filter(case__light="red").count() == len(reds), "not one call each")
    waited.sort()
    passes.sort()
    return {
        "name": "ringing",
        "households": households,
        "reds": len(reds),
        "p50_s": round(waited[len(waited) // 2], 2),
        "p95_s": round(waited[int(0.95 * (len(waited) - 1))], 2),
        "worst_s": round(waited[-1], 2),
        "sweep_p95_s": round(passes[int(0.95 * (len(passes) - 1))], 3),
        "last_parts_s": _slow_parts(),
        "peak_mb": peak_mb(),
        "verified": True,
    }


def _slow_parts() -> dict[str, float]:
    """Parts of the last pass that took more than 50 ms, in seconds."""
    pulse = SweepPulse.objects.get()
    return {part["name"]: part["seconds"] for part in pulse.parts if part["seconds"] > 0.05}


class _Company:
    """Takes every call; remembers when it was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, float] = {}
        self._sids = count(1)

    def dial(self, *, phone: str, token: str, ring_seconds: int, hooks: str = "voice") -> Placed:
        self.asked[token] = monotonic()
        sleep(ANSWER_S)
        return Placed(f"CA{next(self._sids):032x}", "queued")

    def hangup(self, *, sid: str, ringing: bool) -> None:
        return None

    def fetch(self, *, sid: str) -> ProviderCall:
        return ProviderCall(sid, "in-progress")

    def list(self, *, phone: str, limit: int = 20) -> "list[ProviderCall]":
        return []

    def verify_webhook(self, request: HttpRequest) -> bool:
        return False


@contextmanager
def _worker() -> Iterator[list[float]]:
    """A thread that sweeps as the beat says; yields the seconds of its passes."""
    stop, passes = threading.Event(), list[float]()

    def work() -> None:
        due = monotonic()
        while not stop.wait(max(0.0, due - monotonic())):
            begun = monotonic()
            engine.sweep(now=clock.now())
            passes.append(monotonic() - begun)
            due = max(due + BEAT_S, monotonic())
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield passes
    finally:
        stop.set()
        thread.join(60)


def _one(home: int, company: _Company) -> float:
    """Seconds from the commit of the light to the request; then waits for the next red's turn."""
    _light([home], "red")
    begun = monotonic()
    # A moment that drifts against the beat: a fixed one would always wait the same.
    while monotonic() - begun < PATIENCE_S:
        tokens = CallAttempt.objects.filter(household=home, case__light="red")
        token = tokens.values_list("token", flat=True).first()
        if token in company.asked:
            taken = company.asked[token] - begun
            sleep(max(0.0, EVERY_S * 1.07 - (monotonic() - begun)))
            return taken
        sleep(0.02)
    verify(False, "a red was not rung")
    return PATIENCE_S


def _light(homes: list[int], light: str) -> None:
    """Monitoring decides: an assessment each, and the current state points to it."""
    now = clock.now() - timedelta(milliseconds=1)
    for state in HouseholdState.objects.filter(household__in=homes):
        assessment = Assessment.objects.create(
            household_id=state.household_id,
            at=now,
            light=light,
            rule_version=state.rule_version,
            point_yellow=1.0,
            point_red=2.0,
            inputs_digest="-",
        )
        HouseholdState.objects.filter(pk=state.pk).update(
            light=light, since=now, assessment=assessment
        )
