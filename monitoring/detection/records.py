"""The home's own record: how far silence and evidence went in the 60 days it was learned from.

The same sums as `advance` makes hour by hour, here for all hours at once: a sum that never falls
below zero is the running total less its running minimum, and the hours since a sign are the count
of received hours less that count at the latest sign.
"""

from dataclasses import dataclass

import numpy as np

from monitoring.detection.inputs import Flags, Floats
from monitoring.detection.tables import STEP, Bins

RECORDS = (
    "silent_power",
    "silent_phone",
    "silent_steps",
    "silent_any",
    "surprise_power",
    "surprise_phone",
    "surprise_any",
    "sum_power",
    "sum_all",
)
LEVELS = ("longest", "tenth")  # of the days' own maxima: highest, 90 % quantile
TRAITS = ("active_power", "level")  # share of hours with a sign; mean kWh above idle


SHARE_STEP = 255.0
_MOST_SHARE = 0.98  # nobody is active with certainty
_SURPRISE = -np.log1p(-np.minimum(np.arange(256) / SHARE_STEP, _MOST_SHARE)).astype(np.float32)


def surprise(active: np.ndarray) -> Floats:
    """-log(1 - share): what an hour without a sign is worth, from uint8 shares."""
    return np.asarray(_SURPRISE.take(active), np.float32)


@dataclass
class Lived:
    """Evidence, signs and surprise of all hours of the history, by source (3, H, T)."""

    hour: np.ndarray  # (T,) place in a (2, 24) table
    evidence: Floats
    known: Flags
    sign: Flags
    missed: Floats  # surprise of an hour without a sign
    level: Floats  # (H, T) kWh above idle
    days: int

    @classmethod
    def blank(cls, homes: int, days: int, free: Flags) -> "Lived":
        shape = (3, homes, days * 24)
        hour = (free.astype(np.intp)[:, None] * 24 + np.arange(24)).ravel()
        return cls(
            hour=hour,
            evidence=np.zeros(shape, np.float32),
            known=np.zeros(shape, bool),
            sign=np.zeros(shape, bool),
            missed=np.zeros(shape, np.float32),
            level=np.zeros(shape[1:], np.float32),
            days=days,
        )

    def _looked_up(self, table: Bins, binned: Bins) -> Floats:
        """(H, T) evidence of `binned` (H, T) in `table` (H, 2, 24, bins)."""
        count = table.shape[-1]
        place = self.hour * count + binned
        flat = table.reshape(len(table), -1)
        return np.take_along_axis(flat, place, axis=1).astype(np.float32) / np.float32(STEP)

    def add_power(self, table: Bins, binned: Bins, known: Flags) -> None:
        """One of the three views; their mean is the evidence of power."""
        self.evidence[0] += np.where(known, self._looked_up(table, binned), 0) / np.float32(3)

    def signs(self, source: int, sign: Flags, known: Flags, active: np.ndarray) -> None:
        missed = surprise(active).reshape(len(active), -1)[:, self.hour]
        new = known & ~self.known[source]
        self.sign[source] |= sign & new
        self.missed[source] = np.where(new, missed, self.missed[source])
        self.known[source] |= known

    def add_counts(
        self,
        source: int,
        table: Bins,
        binned: Bins,
        known: Flags,
        sign: Flags,
        active: np.ndarray,
    ) -> None:
        """An hour already known by an earlier pattern of the source keeps that one."""
        new = known & ~self.known[source]
        found = self._looked_up(table, binned)
        self.evidence[source] = np.where(new, found, self.evidence[source])
        self.signs(source, sign, known, active)


def fill(found: np.ndarray, lived: Lived) -> None:
    """Records and traits of a block into HABITS `found`."""
    power, phone, steps = range(3)
    anything = np.logical_or.reduce(lived.known)
    missed = np.where(lived.known, lived.missed, 0)
    any_sign = np.logical_or.reduce(lived.sign & lived.known)
    evidence = np.where(lived.known, lived.evidence, 0)
    runs = [
        *(_since(lived.known[s].astype(np.float32), lived.sign[s]) for s in (power, phone, steps)),
        _since(anything.astype(np.float32), any_sign),
        _since(missed[power], lived.sign[power]),
        _since(missed[phone], lived.sign[phone]),
        _since(np.add.reduce(missed), any_sign),
        _sum(evidence[power]),
        _sum(evidence.sum(axis=0)),
    ]
    # A silence that still lasts is no record yet: otherwise a collapse would become usual.
    over = np.cumsum(any_sign[:, ::-1], axis=1)[:, ::-1] > 0
    for place, run in enumerate(runs):
        run *= over
        daily = run.reshape(len(run), lived.days, 24).max(axis=2)
        daily.sort(axis=1)
        last = lived.days - 1
        found["record"][:, place] = daily[:, [last, int(last * 0.9)]]
    hours = np.maximum(lived.known[power].sum(axis=1), 1)
    found["trait"][:, 0] = (lived.sign[power] & lived.known[power]).sum(axis=1) / hours
    found["trait"][:, 1] = np.nan_to_num(lived.level).sum(axis=1) / hours


def _since(worth: Floats, sign: Flags) -> Floats:
    """(H, T) sum of `worth` since the latest sign, that hour not counted."""
    total = np.cumsum(worth, axis=1)
    at_sign = np.maximum.accumulate(np.where(sign, total, 0), axis=1)
    return np.asarray(total - at_sign, np.float32)


def _sum(evidence: Floats) -> Floats:
    """(H, T) the running sum that never falls below zero."""
    total = np.cumsum(evidence, axis=1)
    lowest = np.minimum(np.minimum.accumulate(total, axis=1), 0)
    return np.asarray(total - lowest, np.float32)
