"""What came of each day: the daily report per feed and township."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from accounts.models import Township
from households import valve
from households.days import local_day
from households.models import Feed
from monitoring import feed_telling, feeds, schedules
from monitoring.models import FeedIncident, IncidentKind, IntakeDay, SignalDay
from monitoring.schedules import HOUR, SEOUL

HOURS = 24
BACK = 4  # days that a nightly run looks at again: what came late belongs to its day
ROWS_AT_ONCE = 50_000


def refresh(*, now: datetime) -> int:
    """Today and the days before it, as far as files still come for them. Returns rows written."""
    today = local_day(now)
    return sum(compute(today - timedelta(days=back), now=now) for back in range(BACK))


@transaction.atomic
def compute(day: date, *, now: datetime) -> int:
    """Write the reports of one local day, every feed and township, anew. Idempotent.

    An hour is expected once its feed's schedule and grace are over: today grows, and the last day
    of a daily feed stands at 0 until its file is due.
    """
    codes = list(Township.objects.order_by("code").values_list("code", flat=True))
    rows = [row for feed in Feed for row in _of_feed(feed.value, day, codes, now)]
    IntakeDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["day", "feed", "township"],
        update_fields=[
            "households",
            "complete",
            "hours_expected",
            "hours_received",
            "computed_at",
        ],
    )
    return len(rows)


def expected_hours(feed: str, day: date, *, now: datetime) -> int:
    """0..24: how many of the day's first hours should have come by now."""
    begin = datetime.combine(day, time(), SEOUL)
    passed = (schedules.expected_until(feed, now=now) - begin) // HOUR
    return min(max(int(passed), 0), HOURS)


def _of_feed(feed: str, day: date, codes: list[str], now: datetime) -> list[IntakeDay]:
    homes, place = _linked(feed, day, codes)
    came = _received(feed, day, homes)
    due = expected_hours(feed, day, now=now)
    received = np.add.reduce(came[:, :due], axis=1, dtype=np.int64)
    complete: NDArray[np.bool_] = np.logical_and.reduce(came, axis=1)
    return [
        IntakeDay(
            day=day,
            feed=feed,
            township_id=code,
            households=int((place == at).sum()),
            complete=int(complete[place == at].sum()),
            hours_expected=int((place == at).sum()) * due,
            hours_received=int(received[place == at].sum()),
            computed_at=now,
        )
        for at, code in enumerate(codes)
    ]


def _linked(feed: str, day: date, codes: list[str]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """((H,) ids in rising order, (H,) index of the township): watched homes that were linked on
    the day and whose consent stands."""
    links = (
        valve.linked(feed, day)
        .order_by("household_id")
        .values_list("household_id", "household__township")
    )
    index = {code: at for at, code in enumerate(codes)}
    rows = [(home, index[code]) for home, code in links.iterator(chunk_size=ROWS_AT_ONCE)]
    found = np.array(rows, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1].astype(np.intp)


def _received(feed: str, day: date, homes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(H, 24) whether anything of the feed came for the hour; the homes in rising order."""
    came = np.zeros((len(homes), HOURS), bool)
    if not len(homes):
        return came
    metrics = list(feeds.connector(feed).metrics)
    rows = SignalDay.objects.filter(
        day=day, metric__in=metrics, household_id__range=(int(homes[0]), int(homes[-1]))
    ).values_list("household_id", "values")
    part: list[tuple[int, bytes]] = []
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        part.append(row)
        if len(part) == ROWS_AT_ONCE:
            _add(came, homes, part)
            part = []
    _add(came, homes, part)
    return came


def _add(came: NDArray[np.bool_], homes: NDArray[np.int64], part: list[tuple[int, bytes]]) -> None:
    if not part:
        return
    ids = np.array([row[0] for row in part], np.int64)
    values = np.frombuffer(b"".join(bytes(row[1]) for row in part), "<f4").reshape(-1, HOURS)
    at = np.minimum(np.searchsorted(homes, ids), len(homes) - 1)
    ours = homes[at] == ids
    # Several metrics of one home may stand in one part.
    np.logical_or.at(came, at[ours], np.isfinite(values[ours]))


# ── lateness ─────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Lateness:
    """How often a feed was late as a whole. `hours`: from the last data to their return, summed;
    `open_since`: the incident that is still going on."""

    feed: str
    organisations: str
    times: int
    hours: float
    longest_hours: float
    open_since: datetime | None


def late_by_partner(first: date, last: date, *, now: datetime) -> list[Lateness]:
    """Every feed between two local days, both counted: late deliveries and who sends them."""
    begin = datetime.combine(first, time(), SEOUL)
    end = datetime.combine(last + timedelta(days=1), time(), SEOUL)
    found: dict[str, list[FeedIncident]] = {feed.value: [] for feed in Feed}
    late = FeedIncident.objects.filter(kind=IncidentKind.LATE, opened_at__range=(begin, end))
    for incident in late.order_by("opened_at"):
        found[incident.feed].append(incident)
    return [_lateness(feed, rows, now) for feed, rows in found.items()]


def _lateness(feed: str, rows: list[FeedIncident], now: datetime) -> Lateness:
    hours = [((row.closed_at or now) - row.first_hour) / HOUR for row in rows]
    names = feed_telling.organisations(feed, at=now)
    return Lateness(
        feed=feed,
        organisations=", ".join(one.name for one in names),
        times=len(rows),
        hours=round(sum(hours), 1),
        longest_hours=round(max(hours, default=0.0), 1),
        open_since=next((row.first_hour for row in rows if row.closed_at is None), None),
    )
