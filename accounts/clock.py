"""Time, from one source (docs/decisions: time is passed as an argument).

`now()` is programme time: real time, or the demo clock's. It is read at the edges only (views,
tasks, commands) and handed down as `now=`. `real_now()` is for sign-in, one-time links and
process leases, which must not age faster because a demo runs fast.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db import transaction

_CACHE_SECONDS = 0.5


class FrozenClock:
    """What freeze() yields: a clock that stands until it is moved. Seen by every thread."""

    def __init__(self, at: datetime) -> None:
        self.at = _aware(at)

    def tick(self, step: timedelta) -> datetime:
        """Moves the clock by `step` (may be negative) and returns the new time."""
        self.at += step
        return self.at

    def move_to(self, at: datetime) -> datetime:
        self.at = _aware(at)
        return self.at


@dataclass(frozen=True)
class _Anchor:
    programme: datetime
    real: datetime
    speed: float

    def at(self, real: datetime) -> datetime:
        return self.programme + (real - self.real) * self.speed


# Process-global on purpose: a live server answers from other threads than the test's own.
_frozen: list[FrozenClock] = []
_lock = threading.Lock()
_cached: tuple[float, _Anchor | None] | None = None


def now() -> datetime:
    """Programme time, aware, in UTC."""
    if _frozen:
        return _frozen[-1].at
    real = real_now()
    if not settings.PORTAL_DEMO:
        return real
    anchor = _demo_anchor()
    return real if anchor is None else anchor.at(real)


def real_now() -> datetime:
    """Wall-clock time, aware, in UTC; stands still inside freeze() like everything else."""
    if _frozen:
        return _frozen[-1].at
    return datetime.now(UTC)


@contextmanager
def freeze(at: datetime) -> Iterator[FrozenClock]:
    """Stops the clock of this whole process (all threads) at `at`, which must be aware."""
    frozen = FrozenClock(at)
    _frozen.append(frozen)
    try:
        yield frozen
    finally:
        _frozen.remove(frozen)


def set_demo(*, programme: datetime | None = None, speed: float | None = None) -> None:
    """Moves the demo clock; what is left out goes on as it is. Only where PORTAL_DEMO is set.

    `speed` is programme seconds per real second; 0 stops the clock. Other processes follow
    within half a second.
    """
    from accounts.models import DemoClock

    if not settings.PORTAL_DEMO:
        raise RuntimeError("the clock moves only in a demo (PORTAL_DEMO=1)")
    with transaction.atomic():
        row = DemoClock.objects.select_for_update().filter(pk=1).first()
        real = datetime.now(UTC)
        old = _Anchor(real, real, 1.0)
        if row is not None:
            old = _Anchor(row.programme_anchor, row.real_anchor, row.speed)
        DemoClock.objects.update_or_create(
            pk=1,
            defaults={
                "programme_anchor": old.at(real) if programme is None else _aware(programme),
                "real_anchor": real,
                "speed": old.speed if speed is None else speed,
            },
        )
    forget_cached_anchor()


def demo_speed() -> float:
    """Programme seconds per real second; 1.0 where no demo clock runs."""
    if not settings.PORTAL_DEMO:
        return 1.0
    anchor = _demo_anchor()
    return 1.0 if anchor is None else anchor.speed


def forget_cached_anchor() -> None:
    """Makes the next now() read the row again (the row was written elsewhere)."""
    global _cached
    with _lock:
        _cached = None


def _demo_anchor() -> _Anchor | None:
    global _cached
    with _lock:
        if _cached is not None and monotonic() - _cached[0] < _CACHE_SECONDS:
            return _cached[1]
    from accounts.models import DemoClock

    row = DemoClock.objects.filter(pk=1).first()
    anchor = None
    if row is not None:
        anchor = _Anchor(row.programme_anchor, row.real_anchor, row.speed)
    with _lock:
        _cached = (monotonic(), anchor)
    return anchor


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a naive datetime cannot set the clock")
    return at.astimezone(UTC)
