"""Partner files in the power format, as a utility would send them: one for every hour.

Some files are late: one morning a township's concentrator does not report and its hours come
together afterwards, as the partner's own systems do it.
"""

import io
from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from .power import County

HEADER = "meter_id,read_at,kwh"


@dataclass(frozen=True)
class LateFile:
    """The hours from `start` of one township arrive only at `arrives`."""

    township: str
    start: datetime
    arrives: datetime


def history(county: County, first: date, last: date) -> bytes:
    """All readings of the days first…last in one file, ordered by day and meter."""
    out = io.StringIO()
    out.write(HEADER + "\n")
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        values = county.kwh(day)
        for resident in county.residents:
            for hour in range(24):
                value = values[resident.index, hour]
                if not np.isnan(value):
                    out.write(f"{resident.meter_id},{day}T{hour:02d}:00,{value:g}\n")
    return out.getvalue().encode()


def hourly(county: County, at: datetime, late: tuple[LateFile, ...] = ()) -> list[bytes]:
    """The files that arrive right after the hour `at` (local) is over: usually one."""
    waiting = {item.township for item in late if item.start <= at < item.arrives}
    files = [_file(county, [at], skip=waiting)]
    for item in late:
        if item.arrives == at:
            hours = int((item.arrives - item.start) / timedelta(hours=1))
            missed = [item.start + timedelta(hours=hour) for hour in range(hours)]
            files.append(_file(county, missed, only={item.township}))
    return files


def _file(
    county: County,
    hours: list[datetime],
    *,
    skip: Set[str] = frozenset(),
    only: Set[str] | None = None,
) -> bytes:
    lines = [HEADER]
    for at in hours:
        values = county.hour(at)
        for resident in county.residents:
            if resident.township in skip or (only is not None and resident.township not in only):
                continue
            value = values[resident.index]
            if not np.isnan(value):
                lines.append(f"{resident.meter_id},{at:%Y-%m-%dT%H}:00,{value:g}")
    return ("\n".join(lines) + "\n").encode()
