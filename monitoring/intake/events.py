"""Merges events into those that are kept, and computes the hours they touch again from all of them.

An hour in which anything came was received: what did not come in it is 0. An hour without any
event stays "not received": a phone that is off and a person who is still look the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
from django.db import connection

from monitoring import copying
from monitoring.feeds import Connector, Fold
from monitoring.feeds.contract import HOUR
from monitoring.intake import days
from monitoring.intake.days import HOURS, Days, Matrix
from monitoring.intake.judge import Flags, Ints, Rows
from monitoring.intake.links import DAY, Owners, local_days
from monitoring.intake.merged import Merged, changed_since
from monitoring.intake.times import MICROSECONDS, SEOUL_OFFSET

KEPT = timedelta(days=35)
_PG_EPOCH = 946_684_800 * MICROSECONDS  # from 1970 to PostgreSQL's 2000
_METRICS = 64
_SPAN = 1 << 36  # seconds; four hundred years of events of one household and metric
_COLUMNS = ("household_id", "metric", "at", "value")
_KEPT_ROW = copying.row(("household", ">i8"), ("metric", ">i2"), ("at", ">i8"), ("value", ">f8"))
_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS monitoring_staged_raw (
        household_id bigint, metric varchar(12), at timestamptz, value float8
    ) ON COMMIT DROP
"""
_REPLACE = """
    INSERT INTO monitoring_rawreading (household_id, metric, at, value)
    SELECT household_id, metric, at, value FROM monitoring_staged_raw
    ON CONFLICT (household_id, metric, at) DO UPDATE SET value = excluded.value
"""


@dataclass
class Events:
    """Events as arrays of one length, in the order of `key`, which none shares with another. `at`:
    microseconds since 1970."""

    household: Ints
    metric: Ints
    at: Ints
    value: npt.NDArray[np.float32]

    @property
    def key(self) -> npt.NDArray[np.void]:
        return _key(self.household, self.metric, self.at)

    def only(self, chosen: "Flags | Ints") -> "Events":
        return Events(
            self.household[chosen], self.metric[chosen], self.at[chosen], self.value[chosen]
        )


def metric_codes(connector: Connector, rows: Rows) -> npt.NDArray[np.int32]:
    """Per row the index of its metric among the connector's."""
    if rows.kind is None:
        raise ValueError("rows of events have kinds")
    place = [connector.metrics.index(event.metric) for event in connector.events]
    return np.array(place, np.int32)[rows.kind]


def merge(
    connector: Connector, rows: Rows, owner: Owners, repeats: Ints | None, *, now: datetime
) -> Merged:
    """Stores events that may be kept, one per home, metric and instant."""
    if not len(rows):
        return Merged()
    metric = metric_codes(connector, rows).astype(np.int64)
    given = Events(owner.per_row(), metric, rows.times[rows.when], rows.values[0])
    given = given.only(~_settled(connector, given, now))
    given = given.only(np.argsort(given.key, order=("household", "metric", "at")))
    if not len(given.at):
        return Merged(unchanged=len(rows) + (0 if repeats is None else int(repeats.sum())))
    kept = _read(connector, given)
    place = np.searchsorted(kept.key, given.key).clip(max=max(len(kept.at) - 1, 0))
    known = np.zeros(len(given.at), bool)
    if len(kept.at):
        known = kept.key[place] == given.key
    differs = known.copy()
    differs[known] = kept.value[place[known]] != given.value[known]
    _write(connector, given, ~known, differs)
    kept.value[place[differs]] = given.value[differs]
    fresh = given.only(~known)
    households, since = _recompute(connector, kept, fresh, given.only(~known | differs))
    accepted, corrected = int((~known).sum()), int(differs.sum())
    return Merged(
        accepted=accepted,
        unchanged=len(rows) - accepted - corrected + (0 if repeats is None else int(repeats.sum())),
        corrected=corrected,
        households=households,
        since=since,
    )


def _settled(connector: Connector, given: Events, now: datetime) -> Flags:
    """Events of hours whose events are deleted by age: what was computed of them stays. Hours of
    which nothing is known may still be told."""
    begins = np.array([int((now - KEPT).timestamp())])
    slot = given.at // MICROSECONDS + SEOUL_OFFSET
    old = np.flatnonzero(slot < local_days(begins) * DAY)
    settled = np.zeros(len(given.at), bool)
    if not len(old):
        return settled
    homes, home = np.unique(given.household[old], return_inverse=True)
    keys, place = np.unique(slot[old] // DAY * len(homes) + home, return_inverse=True)
    before, _exists = days.read(
        connector.metrics, Days(keys // len(homes), homes[keys % len(homes)])
    )
    settled[old] = (before == before).any(axis=1)[place, slot[old] // HOUR % HOURS]
    return settled


def _key(household: Ints, metric: Ints, at: Ints) -> npt.NDArray[np.void]:
    kind = np.dtype([("household", np.int64), ("metric", np.int64), ("at", np.int64)])
    found = np.empty(len(at), kind)
    found["household"], found["metric"], found["at"] = household, metric, at
    return found


def _read(connector: Connector, given: Events) -> Events:
    """Kept events of these homes in the hours from the first to the last given, by key."""
    first, last = (at // MICROSECONDS // HOUR * HOUR for at in (given.at.min(), given.at.max()))
    which = " ".join(f"WHEN '{name}' THEN {n}" for n, name in enumerate(connector.metrics))
    names = ", ".join(f"'{name}'" for name in connector.metrics)
    found = copying.read(
        f"COPY (SELECT household_id, (CASE metric {which} END)::smallint, at, value"  # noqa: S608
        f" FROM monitoring_rawreading WHERE metric IN ({names})"
        f" AND {copying.among(np.unique(given.household))}"
        f" AND at >= to_timestamp({first}) AND at < to_timestamp({last + HOUR})"
        f" ORDER BY 1, 2, 3) TO STDOUT (FORMAT binary)",
        _KEPT_ROW,
    )
    return Events(
        found["household"].astype(np.int64),
        found["metric"].astype(np.int64),
        found["at"].astype(np.int64) + _PG_EPOCH,
        found["value"].astype(np.float32),
    )


def _write(connector: Connector, given: Events, new: Flags, differs: Flags) -> None:
    _copy("monitoring_rawreading", connector, given.only(new))
    if not differs.any():
        return
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        _copy("monitoring_staged_raw", connector, given.only(differs))
        cursor.execute(_REPLACE)
        cursor.execute("TRUNCATE monitoring_staged_raw")


def _copy(table: str, connector: Connector, given: Events) -> None:
    for number, name in enumerate(connector.metrics):
        rows = np.flatnonzero(given.metric == number)
        if not len(rows):
            continue
        filled = copying.rows(
            copying.row(
                ("household", ">i8"), ("metric", f"S{len(name)}"), ("at", ">i8"), ("value", ">f8")
            ),
            len(rows),
        )
        filled["household"], filled["metric"] = given.household[rows], name.encode()
        filled["at"] = given.at[rows] - _PG_EPOCH
        filled["value"] = given.value[rows]
        copying.write(table, _COLUMNS, filled)


# ── hours ────────────────────────────────────────────────────────────────────
def _recompute(
    connector: Connector, kept: Events, fresh: Events, touched: Events
) -> tuple[Ints, Ints]:
    """Sets the hours of `touched` from all events in them: (households, since which hour)."""
    if not len(touched.at):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    hours = np.unique(_hours(touched))
    everything = Events(
        *(
            np.concatenate([getattr(kept, name), getattr(fresh, name)])
            for name in ("household", "metric", "at", "value")
        )
    )
    place = np.searchsorted(hours, _hours(everything)).clip(max=len(hours) - 1)
    inside = hours[place] == _hours(everything)
    everything, place = everything.only(inside), place[inside]
    folded = _fold(connector, everything, place, len(hours))
    return _store(connector, hours >> 21, hours & ((1 << 21) - 1), folded)


def _hours(events: Events) -> Ints:
    """Household and hour since 1970 in Seoul (twenty-one bits last until 2209)."""
    return (events.household << 21) + (events.at // MICROSECONDS + SEOUL_OFFSET) // HOUR


def _fold(connector: Connector, events: Events, place: Ints, hours: int) -> Matrix:
    """(hours, metrics) of events, each of which belongs to the hour `place`."""
    folded = np.zeros((hours, len(connector.metrics)), np.float32)
    for number, name in enumerate(connector.metrics):
        rows = np.flatnonzero(events.metric == number)
        if connector.folds[name] is Fold.LAST:
            folded[:, number] = np.nan
            in_time = rows[np.argsort(events.at[rows], kind="stable")]
            folded[place[in_time], number] = events.value[in_time]
        else:
            weights = events.value[rows] if connector.folds[name] is Fold.SUM else None
            folded[:, number] = np.bincount(place[rows], weights, minlength=hours)
    return folded


def _store(connector: Connector, household: Ints, slot: Ints, folded: Matrix) -> tuple[Ints, Ints]:
    """Writes hours."""
    order = np.lexsort((household, slot // HOURS))
    household, slot = household[order], slot[order]
    folded = folded[order]
    day = slot // HOURS
    begins = np.r_[True, (day[1:] != day[:-1]) | (household[1:] != household[:-1])]
    at, row = Days(day[begins], household[begins]), np.cumsum(begins) - 1
    given = np.full((len(at), len(connector.metrics), HOURS), np.nan, np.float32)
    given[row, :, slot % HOURS] = folded
    before, exists = days.read(connector.metrics, at)
    there = given == given
    changes = there & (given != before)
    days.write(connector.metrics, at, np.where(there, given, before), changes.any(axis=2), exists)
    return changed_since(at, changes.any(axis=1))
