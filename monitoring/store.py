"""SignalDay as arrays: read by binary COPY, 24 slots of a row decoded at once."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import islice

import numpy as np
from django.db import connection, connections
from numpy.typing import NDArray

from monitoring import copying
from monitoring.models import Metric
from monitoring.partitions import ensure_partitions

__all__ = ["INPUT_METRICS", "chunks", "ensure_partitions", "pack", "read_inputs"]

SLOTS = np.dtype("<f4")
HOURS = 24
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# What the detector reads, in the order of `detection.inputs.INPUTS`.
INPUT_METRICS: tuple[str, ...] = tuple(
    metric.value
    for metric in (
        Metric.POWER,
        Metric.CALLS_OUT,
        Metric.SMS_OUT,
        Metric.UNLOCK,
        Metric.SCREEN_ON,
        Metric.STEPS,
    )
)
_POWER, _PHONE, _LINE, _APP, _STEPS = range(5)

# hashtext is cheaper by half than to look a metric up in an array; nobody keeps what it gives.
# Metrics are chosen by it too: as a condition on the key, each home and day would be several
# descents of the index instead of one walk along it.
_COLUMNS = """household_id, hashtext(metric), {values}
            FROM monitoring_signalday
            WHERE day = {day} AND {homes} AND hashtext(metric) = ANY('{{{metrics}}}'::int[])"""
_ONE_DAY = f"COPY (SELECT {{nth}}, {_COLUMNS}) TO STDOUT (FORMAT binary)"
# One look into the index per day: with `day BETWEEN` every home of those days would be passed.
_MANY_DAYS = f"""
    COPY (
        SELECT found.* FROM generate_series(0, {{nth}}) AS nth, LATERAL (
            SELECT nth, {_COLUMNS} OFFSET 0
        ) AS found
    ) TO STDOUT (FORMAT binary)
"""  # noqa: S608
_FEW_DAYS = 3


def pack(values: NDArray[np.float32]) -> bytes:
    """24 values as they are stored."""
    return np.ascontiguousarray(values, SLOTS).tobytes()


def read_inputs(
    household_ids: Sequence[int] | Ints,
    first: date,
    last: date,
    *,
    slots: tuple[int, int] = (0, HOURS),
) -> Floats:
    """(5 inputs, H, D, 24) of the days `first` to `last`, both counted; NaN = not received.

    Inputs in the order of `detection.inputs.INPUTS`: power; phone (line and app together, where
    both were received); line = calls and messages sent; app = unlocks and screens switched on;
    steps. Homes in the order of `household_ids`, which must not repeat. Of `slots` (first hour,
    hour behind the last) only those hours of each day are read: the last axis has no others.
    """
    raw = read_metrics(household_ids, first, last, INPUT_METRICS, slots=slots)
    inputs = np.empty((5, *raw.shape[1:]), np.float32)
    inputs[_POWER], inputs[_STEPS] = raw[0], raw[5]
    inputs[_LINE] = _together(raw[1], raw[2])
    inputs[_APP] = _together(raw[3], raw[4])
    np.add(inputs[_LINE], inputs[_APP], out=inputs[_PHONE])
    return inputs


def _together(one: Floats, other: Floats) -> Floats:
    """The sum; where one of the two is missing (a partner who sends only calls), the other."""
    missing = np.isnan(other)
    if missing.all():
        return one
    return np.asarray(np.where(missing, one, np.where(np.isnan(one), other, one + other)))


def read_metrics(
    household_ids: Sequence[int] | Ints,
    first: date,
    last: date,
    metrics: Sequence[str],
    *,
    slots: tuple[int, int] = (0, HOURS),
) -> Floats:
    """(M, H, D, slots) as stored, NaN = not received; homes in the order of `household_ids`."""
    ids = np.asarray(household_ids, np.int64)
    days = (last - first).days + 1
    found = np.full((len(metrics), len(ids), days, slots[1] - slots[0]), np.nan, np.float32)
    if not len(ids) or days < 1:
        return found
    order = np.argsort(ids, kind="stable")
    names = [Metric(metric).value for metric in metrics]
    codes = _codes(connection.alias)
    wanted = np.array([codes[name] for name in names], np.int64)
    for rows in _rows(ids, first, days, wanted, slots):
        place = np.searchsorted(ids, rows["household"], sorter=order).clip(max=len(ids) - 1)
        place = order[place]
        ours = ids[place] == rows["household"]
        if not ours.all():
            rows, place = rows[ours], place[ours]
        by_code = np.argsort(wanted)
        metric = by_code[np.searchsorted(wanted, rows["metric"], sorter=by_code)]
        found[metric, place, rows["day"]] = rows["values"]
    return found


@cache
def _codes(alias: str) -> dict[str, int]:
    """{metric: hashtext of it} as the database of this process makes it."""
    names = list(Metric.values)
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT hashtext(name) FROM unnest(%s::varchar[]) AS name", [names])
        return dict(zip(names, (code for (code,) in cursor.fetchall()), strict=True))


def _rows(
    ids: Ints, first: date, days: int, metrics: Ints, slots: tuple[int, int]
) -> Iterator[NDArray[np.void]]:
    count = slots[1] - slots[0]
    values = '"values"'
    if count < HOURS:
        values = f'substring("values" from {4 * slots[0] + 1} for {4 * count})'
    kind = copying.row(
        ("day", ">i4"), ("household", ">i8"), ("metric", ">i4"), ("values", (SLOTS, count))
    )
    shared = {
        "metrics": ",".join(map(str, metrics.tolist())),
        "homes": copying.among(ids),
        "values": values,
    }
    if days > _FEW_DAYS:
        day = f"'{first}'::date + nth"
        yield copying.read(_MANY_DAYS.format(nth=days - 1, day=day, **shared), kind)
        return
    for nth in range(days):
        day = f"'{first + timedelta(days=nth)}'"
        yield copying.read(_ONE_DAY.format(nth=nth, day=day, **shared), kind)


def chunks(ids: Sequence[int], size: int) -> Iterator[list[int]]:
    rest = iter(ids)
    while part := list(islice(rest, size)):
        yield part
