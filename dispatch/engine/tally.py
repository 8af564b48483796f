"""Counting what a part did, how late it was, and which of its rows failed."""

import logging
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection

logger = logging.getLogger(__name__)


PART_SECONDS = 10.0
"""Real seconds after which a part of the sweep begins nothing new: the others wait behind it."""

HUNG_SECONDS = 5.0
"""Real seconds after which a pass is no longer the moment in which it began."""


def moment(now: datetime, begun: float) -> datetime:
    """`now`, or what it has become when so many seconds have passed since `begun` (monotonic): a
    lease or a grace counted from before a request that hung would be over when it is written."""
    waited = monotonic() - begun
    return now if waited < HUNG_SECONDS else now + timedelta(seconds=waited)


@dataclass
class Tally:
    count: int = 0
    lag_s: float = 0.0
    fault: str = ""
    ends: float = field(default_factory=lambda: monotonic() + PART_SECONDS)

    @property
    def has_time(self) -> bool:
        """Whether the part may begin another row; the rest is for the next pass."""
        return monotonic() < self.ends

    def add(self, due_at: datetime | None, now: datetime) -> None:
        """One more row, due at `due_at`."""
        self.count += 1
        if due_at is not None:
            self.lag_s = max(self.lag_s, round((now - due_at).total_seconds(), 1))

    def add_all(self, due_at: Sequence[datetime], now: datetime) -> None:
        """These rows as well."""
        if due_at:
            self.count += len(due_at) - 1
            self.add(min(due_at), now)

    @contextmanager
    def row(self, what: str) -> Iterator[None]:
        """One row of the part: its failure is noted and the next row goes on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - one poisoned row must not hold up the others
            self.fault = fault(what, error)


def fault(what: str, error: Exception) -> str:
    """Log where, not what: an exception's own text may hold personal words. A broken connection
    is dropped, so that the next query gets a new one. Returns the class of the exception."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    last = (ours or frames)[-1]
    kind = type(error).__name__
    logger.error("sweep: %s failed: %s at %s:%s", what, kind, last.filename, last.lineno)
    drop_broken_connection()
    return kind


def drop_broken_connection() -> None:
    """The next query gets a new one."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
