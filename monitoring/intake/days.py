"""Writes hours into SignalDay: reads the days that exist, compares, writes only what changed."""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db import connection

from monitoring.intake.links import as_date
from monitoring.intake.validate import Flags, Ints
from monitoring.models import Metric
from monitoring.partitions import ensure_partitions

HOURS = 24
_BYTES = HOURS * 4
Matrix = npt.NDArray[np.float32]

_STAGE = """
    CREATE TEMPORARY TABLE monitoring_staged (
        day date, household_id bigint, metric varchar(12), slots bytea
    ) ON COMMIT DROP
"""
_MERGE = """
    INSERT INTO monitoring_signalday AS kept (day, household_id, metric, "values")
    SELECT day, household_id, metric, slots FROM monitoring_staged ORDER BY 1, 2
    ON CONFLICT (day, household_id, metric) DO UPDATE SET "values" = excluded."values"
"""


@dataclass(frozen=True)
class Counts:
    """What became of readings, one count each."""

    accepted: int = 0
    unchanged: int = 0
    corrected: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.accepted + other.accepted,
            self.unchanged + other.unchanged,
            self.corrected + other.corrected,
        )


def compare(given: npt.NDArray[np.float32], kept: npt.NDArray[np.float32], repeats: Ints) -> Counts:
    """Counts of given readings against those kept (NaN = none yet), of one shape each.

    A repeat of a row within its file changes nothing, whatever the row itself did.
    """
    new = np.isnan(kept)
    same = given == kept
    return Counts(
        accepted=int(new.sum()),
        unchanged=int(same.sum() + repeats.sum()),
        corrected=int((~new & ~same).sum()),
    )


def put_hours(
    metric: Metric, household: Ints, slot: Ints, value: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Sets one value per (household, slot) and returns what stood there before, NaN for nothing.

    `slot`: hours since 1970 in Seoul, so that slot // 24 is the day; a pair comes once. `value`
    may be NaN: the hour is then not received any more. Call it inside a transaction that holds
    the feed's lock.
    """
    if not len(slot):
        return np.empty(0, dtype=np.float32)
    keys, row = np.unique(_keys(slot // HOURS, household), return_inverse=True)
    old, exists = _read(metric, keys)
    hour = slot % HOURS
    before = old[row, hour]
    new = old.copy()
    new[row, hour] = value
    changed = ~exists | (new.view(np.uint32) != old.view(np.uint32)).any(axis=1)
    _write(metric, keys[changed], new[changed])
    return before


def _keys(day: Ints, household: Ints) -> Ints:
    """Day first, as in the primary key. 2^42 households are enough for a while."""
    return day * (1 << 42) + household


def _split(keys: Ints) -> tuple[Ints, Ints]:
    return keys >> 42, keys & ((1 << 42) - 1)


def _read(metric: Metric, keys: Ints) -> tuple[Matrix, Flags]:
    """(days × 24 as kept, all NaN where there is no row; whether there is a row)."""
    days, households = _split(keys)
    matrix = np.full((len(keys), HOURS), np.nan, dtype="<f4")
    exists = np.zeros(len(keys), dtype=bool)
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT day - %s, household_id, "values" FROM monitoring_signalday'
            " WHERE metric = %s AND day BETWEEN %s AND %s AND household_id = ANY(%s)",
            [
                as_date(0),
                metric.value,
                as_date(days.min()),
                as_date(days.max()),
                np.unique(households).tolist(),
            ],
        )
        rows = cursor.fetchall()
    if not rows:
        return matrix, exists
    found = _keys(
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=np.int64),
    )
    kept = np.frombuffer(b"".join(row[2] for row in rows), dtype="<f4").reshape(-1, HOURS)
    place = np.searchsorted(keys, found).clip(max=len(keys) - 1)
    wanted = keys[place] == found
    matrix[place[wanted]] = kept[wanted]
    exists[place[wanted]] = True
    return matrix, exists


def _write(metric: Metric, keys: Ints, matrix: Matrix) -> None:
    if not len(keys):
        return
    days, households = _split(keys)
    ensure_partitions(as_date(days.min()), as_date(days.max()))
    texts = {day: as_date(day).isoformat() for day in np.unique(days).tolist()}
    raw = matrix.astype("<f4").tobytes().hex()
    lines = [
        f"{texts[day]}\t{household}\t{metric.value}\t\\\\x{raw[at : at + 2 * _BYTES]}\n"
        for day, household, at in zip(
            days.tolist(), households.tolist(), range(0, len(raw), 2 * _BYTES), strict=True
        )
    ]
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.copy_expert("COPY monitoring_staged FROM STDIN", io.StringIO("".join(lines)))
        cursor.execute(_MERGE)
        cursor.execute("DROP TABLE monitoring_staged")
