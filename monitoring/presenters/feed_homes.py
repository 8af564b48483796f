"""The homes linked to a feed on one day, and how many of the day's hours came of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, overload

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from households import valve
from households.models import Household
from monitoring import feeds, intake_days, store

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Home:
    household_id: int
    received: int
    expected: int


@dataclass(frozen=True)
class Row:
    household: Household
    received: int
    expected: int

    @property
    def kind(self) -> str:
        return "ok" if self.received >= self.expected else "warn" if self.received else "bad"


def expected_hours(feed: str, day: date, *, now: datetime) -> int:
    """0-24: how many of the day's hours should have come by now."""
    return intake_days.expected_hours(feed, day, now=now)


class Homes(Sequence[Home]):
    """The emptiest first. Only those that a page shows become objects."""

    def __init__(self, ids: Ints, received: Ints, expected: int) -> None:
        order = np.lexsort((ids, received))
        self._ids, self._received, self._expected = ids[order], received[order], expected

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> Home: ...
    @overload
    def __getitem__(self, at: slice) -> "list[Home]": ...
    def __getitem__(self, at: int | slice) -> "Home | list[Home]":
        if isinstance(at, int):
            return Home(int(self._ids[at]), int(self._received[at]), self._expected)
        pairs = zip(self._ids[at].tolist(), self._received[at].tolist(), strict=True)
        return [Home(pk, received, self._expected) for pk, received in pairs]


def of(
    visible: "QuerySet[Any]", feed: str, day: date, *, only_missing: bool, now: datetime
) -> Homes:
    """Homes of `visible` of which something is expected on `day`: those that the calendar counts.

    A query for the homes and one for all their hours of the day, by which they are sorted.
    """
    links = valve.linked(feed, day).filter(household__in=visible).order_by("household_id")
    ids = np.fromiter(links.values_list("household_id", flat=True), np.int64)
    came = _received(ids, feed, day)
    due = expected_hours(feed, day, now=now)
    if only_missing:
        ids, came = ids[came < due], came[came < due]
    return Homes(ids, came, due)


def rows(homes: Sequence[Home]) -> list[Row]:
    """With the people of one page; one query."""
    known = Household.objects.select_related("township").in_bulk([h.household_id for h in homes])
    return [Row(known[home.household_id], home.received, home.expected) for home in homes]


def _received(ids: Ints, feed: str, day: date) -> Ints:
    """Per home the hours of which anything came."""
    metrics = feeds.connector(feed).metrics
    values = store.read_metrics(ids, day, day, metrics)
    return np.asarray(np.isfinite(values[:, :, 0]).any(axis=0).sum(axis=1), np.int64)
