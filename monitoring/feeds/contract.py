"""What a connector says about its feed. Intake, schedules and the API's documents read it.

Two kinds of feed: *amounts* (a row is an interval with one or more numbers) and *events* (a row is
an instant at which something happened).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum

HOURLY, DAILY = "hourly", "daily"
HOUR = 3600
QUARTER = 15 * 60


@dataclass(frozen=True)
class Column:
    """A column of the partner's file.

    `alias` is the Korean heading that partners use, `means` says in English what belongs there
    (messages begin with it), `example` is a value for the documents.
    """

    name: str
    alias: str
    means: str
    example: str


@dataclass(frozen=True)
class Amount:
    """A column of numbers that becomes one metric.

    `most` is what an hour may hold, in the metric's unit; a shorter interval may hold its share.
    `whole`: a count, of which there is no half.
    """

    column: str
    metric: str
    most: float
    unit: str
    whole: bool = False


@dataclass(frozen=True)
class Event:
    """An event of the file and the metric it belongs to.

    With `most` the row must carry a value from 0 to it, with `whole` one without a fraction (a
    count, of which there is no half). Without `most` a value is not looked at and `stands_for` is
    kept, so that two events of one metric (charger on, charger off) stay apart.
    """

    name: str
    metric: str
    most: float | None = None
    stands_for: float = 1.0
    whole: bool = False


class Fold(StrEnum):
    """How the events of an hour become its slot."""

    COUNT = "count"  # how many; an hour in which others came and none of these is 0
    SUM = "sum"  # their values together; 0 likewise
    LAST = "last"  # the value of the last; unknown where none came: it is a level, not a count


@dataclass(frozen=True)
class Schedule:
    """When a delivery is expected. `daily_at`: Seoul wall clock, read only when daily; a daily file
    brings everything up to the midnight before it. Late after `grace` more."""

    every: str
    daily_at: time = time(6)
    grace: timedelta = timedelta(hours=3)


@dataclass(frozen=True)
class Connector:
    """One feed of one partner.

    `feed` is a value of `households.models.Feed`, `purpose` the consent that opens it, `partner`
    the code of the organisation that sends it. Columns: the partner's id first, the time second.
    `intervals`: the lengths in seconds a row of amounts may stand for; the shorter one is told by
    its minutes. `register_from`: amounts that only rise and never go below it are the running
    total of a meter; None where the feed has no such meters.
    """

    feed: str
    partner: str
    purpose: str
    columns: tuple[Column, ...]
    schedule: Schedule
    amounts: tuple[Amount, ...] = ()
    events: tuple[Event, ...] = ()
    folds: Mapping[str, Fold] = field(default_factory=dict)
    intervals: tuple[int, ...] = (HOUR,)
    register_from: float | None = None

    @property
    def id_column(self) -> Column:
        return self.columns[0]

    @property
    def time_column(self) -> Column:
        return self.columns[1]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in the order in which messages name them."""
        return tuple(column.name for column in self.columns)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics whose 24 slots a day this feed fills."""
        if self.events:
            return tuple(self.folds)
        return tuple(amount.metric for amount in self.amounts)

    @property
    def quarter_metrics(self) -> tuple[str, ...]:
        """Under which names SignalDay keeps quarters of an hour: four rows of 24 slots."""
        if QUARTER not in self.intervals:
            return ()
        (amount,) = self.amounts
        return tuple(f"{amount.metric}@{minute:02d}" for minute in (0, 15, 30, 45))

    @property
    def stored(self) -> tuple[str, ...]:
        """Everything SignalDay may hold of this feed: what a withdrawn consent must delete."""
        return self.metrics + self.quarter_metrics
