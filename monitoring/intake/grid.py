"""Rows laid out by household and day."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitoring.feeds.contract import HOUR
from monitoring.intake.days import HOURS, Days
from monitoring.intake.judge import Rows
from monitoring.intake.links import Owners, local_days
from monitoring.intake.times import SEOUL_OFFSET

Slots = npt.NDArray[np.signedinteger]
_INT32 = 1 << 31


@dataclass(frozen=True)
class Grid:
    """Household-days, and per row its hour among theirs: `slot` = 24 * day's place + hour."""

    days: Days
    slot: Slots


def lay_out(rows: Rows, owner: Owners) -> Grid:
    """Rows (at least one) to household-days in the order of the table's key."""
    homes, home = owner.homes
    local = local_days(rows.times)
    first, span = int(local.min()), int(local.max() - local.min()) + 1
    hour = (rows.times + SEOUL_OFFSET) // HOUR % HOURS
    size = span * len(homes) * HOURS
    # Added per row, so in half the bytes where they suffice.
    kind: type[np.signedinteger] = np.int32 if size < _INT32 else np.int64
    slot: Slots = ((local - first) * (len(homes) * HOURS) + hour).astype(kind)[rows.when]
    np.add(slot, (home * HOURS).astype(kind)[owner.who], out=slot)
    if size <= 2 * HOURS * len(rows):
        filled = np.zeros(size, bool)
        filled[slot] = True
        there = filled.reshape(-1, HOURS).max(axis=1)
        cells = np.flatnonzero(there)
        if len(cells) * HOURS < size:
            slot = (np.cumsum(there) - 1)[slot // HOURS] * HOURS + slot % HOURS
    else:
        cells, place = np.unique(slot // HOURS, return_inverse=True)
        slot = place * HOURS + slot % HOURS
    day = cells.astype(np.int64) // len(homes) + first
    return Grid(Days(day, homes[cells % len(homes)]), slot)
