"""The table of freshness: a row per township, a column per feed, a door behind every cell."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import Township
from households.days import local_day
from households.models import Feed
from monitoring import freshness, schedules
from monitoring.presenters import spans
from monitoring.presenters.deliveries import ICONS

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Column:
    feed: str
    label: str | Promise
    icon: str
    schedule: str
    expected: str


@dataclass(frozen=True)
class Cell:
    """`url` empty: no home of the township is linked to this feed."""

    said: str
    tag: str = ""
    kind: str = ""
    url: str = ""


@dataclass(frozen=True)
class Table:
    columns: list[Column]
    rows: list[tuple[Township, list[Cell]]]

    @property
    def late(self) -> int:
        return sum(cell.kind == "warn" for _township, cells in self.rows for cell in cells)


def table(*, now: datetime) -> Table:
    names = [feed.value for feed in Feed]
    newest = freshness.newest(names, today=local_day(now))
    expected = {name: schedules.expected_until(name, now=now) for name in names}
    return Table(
        columns=[_column(feed, expected[feed.value], now) for feed in Feed],
        rows=[
            (place, [_cell(place, name, newest, expected[name], now) for name in names])
            for place in Township.objects.all()
        ],
    )


def _column(feed: Feed, expected: datetime, now: datetime) -> Column:
    return Column(
        feed=feed.value,
        label=feed.label,
        icon=ICONS[feed.value],
        schedule=schedules.in_words(feed.value, now=now),
        expected=_("%(at)s까지 와 있어야 함") % {"at": spans.short(expected)},
    )


def _cell(
    place: Township,
    feed: str,
    newest: dict[tuple[str, str], datetime | None],
    expected: datetime,
    now: datetime,
) -> Cell:
    if (place.code, feed) not in newest:
        return Cell(_("연결된 가구 없음"))
    until = newest[place.code, feed]
    day = local_day(now if until is None else until - SECOND)
    url = homes_url(feed=feed, day=f"{day}", township=place.code)
    if until is None:
        return Cell(_("사흘 동안 온 것 없음"), _("안 옴"), "warn", url)
    said = _("%(at)s까지") % {"at": spans.short(until)}
    if until < expected:
        return Cell(said, _("늦음"), "warn", url)
    return Cell(said, _("제때 옴"), "ok", url)


def homes_url(**asked: str) -> str:
    """The homes behind a number: `feed`, `day` and perhaps `township`, `only`."""
    kept = {name: value for name, value in asked.items() if value}
    return f"{reverse('monitoring:feed_homes')}?{urlencode(kept)}"
