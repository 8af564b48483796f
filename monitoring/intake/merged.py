"""What became of readings: exact counts, and from which hour on each home's data changed."""

from dataclasses import dataclass, field

import numpy as np

from monitoring.feeds.contract import HOUR
from monitoring.intake.days import HOURS, Days
from monitoring.intake.judge import Flags, Ints
from monitoring.intake.times import SEOUL_OFFSET


def _none() -> Ints:
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Merged:
    """`households` (distinct, rising) changed from the hour `since` (UTC seconds) on."""

    accepted: int = 0
    unchanged: int = 0
    corrected: int = 0
    households: Ints = field(default_factory=_none)
    since: Ints = field(default_factory=_none)

    def __add__(self, other: "Merged") -> "Merged":
        households, since = self.households, self.since
        if len(other.households):
            households, since = earliest(
                np.concatenate([self.households, other.households]),
                np.concatenate([self.since, other.since]),
            )
        return Merged(
            self.accepted + other.accepted,
            self.unchanged + other.unchanged,
            self.corrected + other.corrected,
            households,
            since,
        )


def earliest(households: Ints, since: Ints) -> tuple[Ints, Ints]:
    """(distinct households, the least `since` of each)."""
    order = np.lexsort((since, households))
    found, first = np.unique(households[order], return_index=True)
    return found, since[order][first]


def changed_since(at: Days, hours: Flags) -> tuple[Ints, Ints]:
    """`hours`: (days, 24), which changed → (distinct households, first changed hour of each)."""
    rows = np.flatnonzero(hours.any(axis=1))
    if not len(rows):
        return _none(), _none()
    first = at.day[rows] * HOURS + hours[rows].argmax(axis=1)
    return earliest(at.household[rows], first * HOUR - SEOUL_OFFSET)
