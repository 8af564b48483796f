"""Which townships fell silent at once, seen from the stored hours of some of their homes.

A hundred homes tell a township's silence as well as a thousand: the cost of a look depends on the
number of townships, not on the number of people.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg
from numpy.typing import NDArray

from households.models import Feed, FeedLink
from households.rules import WATCHED_STATES
from monitoring import calendar, store
from monitoring.detection import inputs, outages
from monitoring.models import Metric
from monitoring.schedules import HOUR, SEOUL

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

SAMPLE = 100  # homes of a township and feed that are looked at
TOWNSHIPS_AT_ONCE = 20
LOOK_BACK = 3  # days: as long as a feed may be away and then bring a power cut with it
WARM_UP = 1  # days before them, to know who was alive
LONGEST = 8  # days: an older outage has become the usual
HABIT_DAYS = 28
FEWEST_DAYS = 3  # of a day type, before "usual" means anything
DAY = timedelta(days=1)

# What shows that a wire is alive. A telephone that updates itself is no sign of a person, and a
# very good one of a network.
_METRICS: dict[str, tuple[str, ...]] = {
    Feed.POWER.value: (Metric.POWER.value,),
    Feed.TELECOM.value: (
        Metric.CALLS_OUT.value,
        Metric.CALLS_IN.value,
        Metric.SMS_OUT.value,
        Metric.DATA_MB.value,
    ),
    Feed.APP.value: (
        Metric.UNLOCK.value,
        Metric.SCREEN_ON.value,
        Metric.STEPS.value,
        Metric.HEARTBEAT.value,
    ),
}


@dataclass(frozen=True)
class Stretch:
    """Hours, `first` to `last` (their starts, UTC), in which a township's feed was out.

    `lasting`: nothing shows yet that it is over. `households`: how many homes that concerns.
    """

    feed: str
    township: str
    first: datetime
    last: datetime
    lasting: bool
    households: int


@dataclass(frozen=True)
class Look:
    """What is looked at: hours from `start` to `until`; those from `settled` on may still come."""

    feed: str
    start: datetime
    settled: datetime
    until: datetime

    @property
    def first_day(self) -> date:
        """Local day with which reading begins."""
        return self.start.astimezone(SEOUL).date() - timedelta(days=WARM_UP)

    @property
    def begin(self) -> datetime:
        """Start of that day."""
        return datetime.combine(self.first_day, time(), SEOUL)

    @property
    def hours(self) -> int:
        return int((self.until - self.begin) // HOUR)


def look_at(
    feed: str, *, until: datetime, expected: datetime, since: datetime | None, now: datetime
) -> Look:
    """The hours that may have changed: three days, or from the oldest open outage (`since`) on."""
    start = now - LOOK_BACK * DAY
    if since is not None:
        start = max(min(start, since), now - LONGEST * DAY)
    local = start.astimezone(SEOUL).replace(hour=0, minute=0, second=0, microsecond=0)
    end = min(until, now).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return Look(feed, local.astimezone(UTC), min(expected, end), end)


def stretches(look: Look) -> Iterator[Stretch]:
    """Outages of every township within these hours, townships in order of their codes."""
    if look.hours <= 0:
        return
    homes = _homes(look.feed, look.until.astimezone(SEOUL).date())
    townships = sorted(homes)
    for begin in range(0, len(townships), TOWNSHIPS_AT_ONCE):
        codes = townships[begin : begin + TOWNSHIPS_AT_ONCE]
        sample = [_some(homes[code]) for code in codes]
        ids = np.concatenate(sample)
        area = np.repeat(np.arange(len(codes)), [len(some) for some in sample])
        faults = _faults(look, ids, area)
        for at, code in enumerate(codes):
            if at < len(faults):
                yield from _as_stretches(look, code, faults[at], len(homes[code]))


def _homes(feed: str, day: date) -> dict[str, Ints]:
    """{township: ids of the watched homes that the feed tells about, rising}."""
    links = FeedLink.objects.not_over(day).filter(
        feed=feed, household__enrolment__state__in=WATCHED_STATES
    )
    # One array each: a row for every home would cost more than all the rest of the look.
    rows = links.order_by().values("household__township").annotate(ids=ArrayAgg("household_id"))
    return {
        township: np.unique(np.array(ids, np.int64))
        for township, ids in rows.values_list("household__township", "ids")
    }


def _some(ids: Ints) -> Ints:
    """The same SAMPLE homes every time, spread evenly over all."""
    if len(ids) <= SAMPLE:
        return ids
    return ids[np.arange(SAMPLE) * len(ids) // SAMPLE]


def _faults(look: Look, ids: Ints, area: NDArray[np.intp]) -> Flags:
    """(A, T) over the hours of the look, warm-up included."""
    settled = max(int((look.settled - look.begin) // HOUR), 0)
    if look.feed == Feed.POWER:
        power = _read(ids, look, days_before=0)[0]
        return outages.area_faults(power, area, inputs.outage_limit(power), settled=settled)
    seen = _read(ids, look, days_before=HABIT_DAYS)
    came: Flags = np.logical_or.reduce(np.isfinite(seen), axis=0)
    used: Flags = np.logical_or.reduce(np.nan_to_num(seen) > 0, axis=0)
    active: Floats = np.where(came, used, np.nan).astype(np.float32)
    past = HABIT_DAYS * 24
    silent = outages.silent_neighbours(active[:, past:], _usual(active, look), area)
    if look.feed == Feed.TELECOM:
        here = np.where(came[:, past:], np.float32(1), np.float32(np.nan))
        return silent | outages.area_faults(here, area, settled=settled)
    # A telephone sleeps or is switched off: a third of them absent is an ordinary night. What
    # counts is how many of them usually send at this hour.
    sent: Floats = came.astype(np.float32)
    absent = sent[:, past:].copy()
    absent[:, settled:] = np.nan
    return silent | outages.silent_neighbours(absent, _usual(sent, look), area)


def _read(ids: Ints, look: Look, *, days_before: int) -> Floats:
    """(M, H, T) of the feed's metrics from `days_before` the look's first day on."""
    first = look.first_day - timedelta(days=days_before)
    last = (look.until - HOUR).astimezone(SEOUL).date()
    found = store.read_metrics(ids, first, last, _METRICS[look.feed])
    hours = days_before * 24 + look.hours
    return found.reshape(*found.shape[:2], -1)[:, :, :hours]


def _usual(active: Floats, look: Look) -> Floats:
    """(H, T) how often each home was active at such an hour, from the days before the look.

    Two silent days are added to every count: somebody seen on three days is no certainty.
    """
    first = look.first_day - timedelta(days=HABIT_DAYS)
    past = active[:, : HABIT_DAYS * 24].reshape(len(active), HABIT_DAYS, 24)
    hours = active.shape[1] - HABIT_DAYS * 24
    days = -(-hours // 24)
    free = calendar.free_days(first + timedelta(days=at) for at in range(HABIT_DAYS + days))
    tables = [_share(past[:, free[:HABIT_DAYS] == kind]) for kind in (False, True)]
    usual = np.stack([tables[int(kind)] for kind in free[HABIT_DAYS:]], axis=1)
    return usual.reshape(len(active), -1)[:, :hours]


def _share(past: Floats) -> Floats:
    """(H, 24) from (H, D, 24) of 1, 0 and NaN; NaN where too few days are known."""
    known = np.isfinite(past).sum(axis=1)
    seen = np.nan_to_num(past).sum(axis=1)
    return np.where(known >= FEWEST_DAYS, seen / (known + 2), np.nan).astype(np.float32)


def _as_stretches(look: Look, township: str, faults: Flags, households: int) -> Iterator[Stretch]:
    """Runs of faulty hours, without those of the warm-up."""
    skip = WARM_UP * 24
    edges = np.diff(np.concatenate([[0], faults[skip:].astype(np.int8), [0]]))
    for begin, end in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True):
        yield Stretch(
            feed=look.feed,
            township=township,
            first=(look.begin + (skip + int(begin)) * HOUR).astimezone(UTC),
            last=(look.begin + (skip + int(end) - 1) * HOUR).astimezone(UTC),
            lasting=skip + int(end) == len(faults),
            households=households,
        )
