"""A look into a file without taking it in: who is in it, and from when to when."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from monitoring import feeds
from monitoring.intake.reading import Reading
from monitoring.intake.spool import Spool


@dataclass(frozen=True)
class Contents:
    """Partner ids in rising order; the first and last instant of believable rows (None: none)."""

    ids: list[str]
    first: datetime | None
    last: datetime | None


def contents(feed: str, content: bytes | Path, *, now: datetime) -> Contents:
    """Raises Refused where the file cannot be read at all."""
    ids: set[str] = set()
    times: list[int] = []
    with Spool(content) as spool, Reading(spool, feeds.connector(feed), now=now) as reading:
        reading.read()
        for rows in reading.shares():
            if len(rows):
                ids |= set(rows.ids.take(pa.array(np.unique(rows.who))).to_pylist())
                times += rows.seconds[[rows.when.min(), rows.when.max()]].tolist()
    first, last = (
        (datetime.fromtimestamp(at, UTC) for at in (min(times), max(times)))
        if times
        else (None, None)
    )
    return Contents(sorted(ids), first, last)
