"""Which rows can be believed. Every rejected row says why, in English, for the partner."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitoring.intake.parse import LINE, OVERFLOW
from monitoring.intake.times import parse_times

MAX_KWH_PER_HOUR = 50.0
"""A home's main fuse carries less: what reads more is a broken meter or another unit."""

QUARTER = 15 * 60
HOUR = 3600
_EARLIEST = 946_652_400  # 2000-01-01 in Seoul; clocks of meters that lost their time tell 1970
ERRORS_SHOWN = 100
VALUE_SHOWN = 40
ID_LONGEST = 64

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass
class Rejections:
    """The first problem of every bad row; `column` and `expected` by kind of problem."""

    table: pd.DataFrame
    why: npt.NDArray[np.int16] = field(init=False)
    kinds: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.why = np.full(len(self.table), -1, dtype=np.int16)

    def add(self, bad: Flags, column: str, expected: str) -> None:
        """Rows of `bad` that had no problem before have this one."""
        fresh = bad & (self.why < 0)
        if fresh.any():
            self.why[fresh] = len(self.kinds)
            self.kinds.append((column, expected))

    @property
    def good(self) -> Flags:
        return self.why < 0

    @property
    def count(self) -> int:
        return int((self.why >= 0).sum())

    def as_list(self) -> list[dict[str, Any]]:
        """At most 100 of {row, column, value, expected}, in the order of the file."""
        rows = np.flatnonzero(self.why >= 0)[:ERRORS_SHOWN]
        return [self._error(int(row)) for row in rows]

    def _error(self, row: int) -> dict[str, Any]:
        column, expected = self.kinds[self.why[row]]
        value = self.table[column].iat[row] if column else self.table[OVERFLOW].iat[row]
        return {
            "row": int(self.table[LINE].to_numpy()[row]),
            "column": column,
            "value": str(value)[:VALUE_SHOWN],
            "expected": expected,
        }


@dataclass
class Readings:
    """Believable rows, one each per meter and instant, as arrays of one length.

    `meter` indexes `meters`; `at` is the start of the interval in UTC seconds; `repeats` counts
    further equal rows of the same meter and instant.
    """

    meters: list[str]
    meter: Ints
    at: Ints
    kwh: npt.NDArray[np.float32]
    repeats: Ints


def power_readings(table: pd.DataFrame, *, now: datetime) -> tuple[Readings, Rejections]:
    """Judges every row of a power file. A reading that starts after `now` is of the future."""
    bad = Rejections(table)
    bad.add(table[OVERFLOW].ne("").to_numpy(), "", "as many fields as the header has")
    meters, meter = _meters(table["meter_id"], bad)
    at = _times(table["read_at"], bad, now)
    kwh = _amounts(table["kwh"], at, bad)
    keys = meter * (1 << 38) + at
    repeated = _refuse_conflicts(keys, kwh, bad)
    chosen = bad.good & ~repeated
    return (
        Readings(
            meters=meters,
            meter=meter[chosen],
            at=at[chosen],
            kwh=kwh[chosen],
            repeats=_repeats(keys, chosen, bad.good),
        ),
        bad,
    )


def _meters(column: "pd.Series[str]", bad: Rejections) -> tuple[list[str], Ints]:
    """Distinct meters and, per row, which of them."""
    codes, written = pd.factorize(column)
    stripped = np.array([str(text).strip() for text in written], dtype=object)
    usable = np.array(
        [
            0 < len(text) <= ID_LONGEST and text.isprintable() and "\ufffd" not in text
            for text in stripped
        ],
        dtype=bool,
    )
    again, meters = pd.factorize(stripped)
    bad.add(~usable[codes], "meter_id", f"a meter number of 1 to {ID_LONGEST} characters")
    return [str(text) for text in meters], again[codes].astype(np.int64)


def _times(column: "pd.Series[str]", bad: Rejections, now: datetime) -> Ints:
    codes, written = pd.factorize(column)
    seconds, is_time = parse_times(np.asarray(written, dtype=object))
    at = seconds[codes]
    bad.add(~is_time[codes], "read_at", "a time like 2026-08-17 15:00, Asia/Seoul or with offset")
    bad.add(at < _EARLIEST, "read_at", "a time since the year 2000")
    bad.add(at % QUARTER != 0, "read_at", "the start of an hour or of a quarter of an hour")
    bad.add(at > now.timestamp(), "read_at", "a time that is not in the future")
    return at


def _amounts(column: "pd.Series[str]", at: Ints, bad: Rejections) -> npt.NDArray[np.float32]:
    """kWh per row. Quarters are known by their minutes; the first may pass as an hour."""
    kwh = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    with np.errstate(over="ignore"):
        small = kwh.astype(np.float32)
    bad.add(np.isnan(kwh), "kwh", "a number")
    bad.add(kwh < 0, "kwh", "0 or more")
    most = np.where(at % HOUR == 0, MAX_KWH_PER_HOUR, MAX_KWH_PER_HOUR / 4)
    bad.add(kwh > most, "kwh", f"at most {MAX_KWH_PER_HOUR:g} kWh in an hour")
    return small


def _refuse_conflicts(keys: Ints, kwh: npt.NDArray[np.float32], bad: Rejections) -> Flags:
    """Rejects rows that contradict each other; marks further equal ones as repeats."""
    good = np.flatnonzero(bad.good)
    repeated = np.zeros(len(keys), dtype=bool)
    twice = pd.Series(keys[good]).duplicated(keep=False).to_numpy()
    rows = good[twice]
    if not len(rows):
        return repeated
    amounts = pd.Series(kwh[rows]).groupby(keys[rows])
    conflicting = amounts.transform("min").to_numpy() != amounts.transform("max").to_numpy()
    conflict = np.zeros(len(keys), dtype=bool)
    conflict[rows[conflicting]] = True
    bad.add(conflict, "kwh", "one value per meter and time; this file has several")
    repeated[rows[pd.Series(keys[rows]).duplicated().to_numpy()]] = True
    return repeated & bad.good


def _repeats(keys: Ints, chosen: Flags, good: Flags) -> Ints:
    """How many further equal rows every chosen row has."""
    counts = np.zeros(int(chosen.sum()), dtype=np.int64)
    extra = keys[good & ~chosen]
    if len(extra):
        found, times = np.unique(extra, return_counts=True)
        own = keys[chosen]
        place = np.searchsorted(found, own).clip(max=len(found) - 1)
        hit = found[place] == own
        counts[hit] = times[place[hit]]
    return counts
