"""The homes linked to a feed on one day, and how many of the day's hours came of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db.models import QuerySet

from households.models import FeedLink, Household
from households.rules import WATCHED_STATES
from monitoring import feeds, intake_days
from monitoring.models import SignalDay

_SLOTS = np.dtype("<f4")


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


def of(
    visible: "QuerySet[Any]", feed: str, day: date, *, only_missing: bool, now: datetime
) -> list[Home]:
    """Homes of `visible` linked on `day`, the emptiest first; two queries."""
    ids = list(
        FeedLink.objects.not_over(day)
        .filter(
            feed=feed,
            valid_from__lte=day,
            household__in=visible,
            household__enrolment__state__in=WATCHED_STATES,
        )
        .order_by("household_id")
        .values_list("household_id", flat=True)
    )
    came = _received(ids, feed, day)
    due = expected_hours(feed, day, now=now)
    homes = [Home(pk, came.get(pk, 0), due) for pk in ids]
    if only_missing:
        homes = [home for home in homes if home.received < home.expected]
    return sorted(homes, key=lambda home: (home.received, home.household_id))


def rows(homes: Sequence[Home]) -> list[Row]:
    """With the people of one page; one query."""
    known = Household.objects.select_related("township").in_bulk([h.household_id for h in homes])
    return [Row(known[home.household_id], home.received, home.expected) for home in homes]


def _received(ids: list[int], feed: str, day: date) -> dict[int, int]:
    """{household: hours of which anything came}."""
    came: dict[int, np.ndarray] = {}
    found = SignalDay.objects.filter(
        day=day, household_id__in=ids, metric__in=list(feeds.connector(feed).metrics)
    ).values_list("household_id", "values")
    for pk, values in found.iterator(chunk_size=20_000):
        known = np.isfinite(np.frombuffer(values, _SLOTS))
        came[pk] = came[pk] | known if pk in came else known
    return {pk: int(hours.sum()) for pk, hours in came.items()}
