"""The minutes of a case as rows: what happened, and what each source had measured by then.

Readings stand at the hour in which they were measured; where the feed had not yet brought them by
that minute, the row says so.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from dispatch.models import Case
from dispatch.presenters import timeline
from households.days import day_start, local_day
from households.models import Feed
from monitoring.models import Assessment, Delivery
from monitoring.presenters import sources
from monitoring.presenters.sources import SOURCES, Source
from monitoring.replay import Replay, replay
from ui.words import clock_time, day, span, weekday

BEFORE = timedelta(hours=12)
"""So long before the case opened the replay begins: how the silence grew."""

LONGEST = timedelta(days=7)
"""Of a longer case the beginning is shown; its log stands on the case's own page."""

RECEIPTS_BEFORE = timedelta(days=3)
"""Receipts from so long before are read: every feed comes at least once a day."""

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Row:
    """One moment. `values`: what each source said of the last full hour; `since`: minutes after
    the opening, in words."""

    at: datetime
    clock: str
    since: str
    title: str
    detail: str
    kind: str  # event, light or hour
    light: str
    values: list[str]


@dataclass(frozen=True)
class Show:
    """`judged` tells what the same readings come to today, or that they were deleted."""

    begin: datetime
    end: datetime
    minutes: int
    sources: list[Source]
    rows: list[Row]
    judged: str
    cut: bool


@dataclass(frozen=True)
class _Readings:
    """`came`: per feed, when a file was received and how far its data reached by then, in order;
    the second never goes back. Empty for a feed of which no receipt is left."""

    first: datetime
    by_source: dict[str, sources.Floats]
    came: dict[str, tuple[list[datetime], list[datetime]]]

    def last_hour(self, source: Source, at: datetime) -> str:
        """What the source measured in the last hour that was full at `at`, and whether the portal
        could know it then."""
        hour = int((at - self.first) // HOUR) - 1
        flat = self.by_source[source.key].reshape(-1)
        if not 0 <= hour < flat.size:
            return ""
        value = float(flat[hour])
        if not np.isfinite(value):
            return _("자료 안 옴")
        words = f"{source.said(value)} {source.unit}"
        if self._known(source, at, self.first + (hour + 1) * HOUR):
            return words
        return _("%(value)s (그때는 아직 안 옴)") % {"value": words}

    def _known(self, source: Source, at: datetime, until: datetime) -> bool:
        """Whether any feed of the source had brought data as far as `until` by the instant `at`.
        Said of the whole feed; a single home's row may have been missing in that file."""
        feeds = [self.came[feed] for feed in source.feeds if self.came[feed][0]]
        if not feeds:
            return True
        for received, reached in feeds:
            files = bisect_right(received, at)
            if files and reached[files - 1] >= until:
                return True
        return False


def of(case: Case, user: Any, *, now: datetime) -> Show:
    """The whole replay of a case that this viewer may see."""
    begin = _full_hour(case.opened_at - BEFORE)
    end = min(case.closed_at or now, case.opened_at + LONGEST)
    end = max(end, case.opened_at + MINUTE)
    readings = _read(case, begin, end)
    lights = _lights(case, begin, end)
    moments = [*_events(case, user, end, now=now), *_changes(lights, begin), *_hours(begin, end)]
    # At one instant the hour comes first, then the light it led to, then what people did.
    order = {"hour": 0, "light": 1, "event": 2}
    moments.sort(key=lambda one: (one[0], order[one[1]]))
    rows = [_row(case, one, readings, lights) for one in moments]
    return Show(
        begin=begin,
        end=end,
        minutes=int((end - begin) // MINUTE) + 1,
        sources=list(SOURCES.values()),
        rows=rows,
        judged=_judged(case, now=now),
        cut=(case.closed_at or now) > end,
    )


_Moment = tuple[datetime, str, str, str]  # at, kind, title, detail


def _events(case: Case, user: Any, end: datetime, *, now: datetime) -> Iterator[_Moment]:
    newest_first = [
        e for column in timeline.columns(case, user, notes=False, now=now) for e in column
    ]
    for entry in reversed(newest_first):
        if entry.at <= end:
            yield entry.at, "event", entry.title, entry.detail


def _lights(case: Case, begin: datetime, end: datetime) -> list[Assessment]:
    """Changes of the light up to the end, the one that stood at the beginning included."""
    changes = Assessment.objects.filter(household_id=case.household_id, at__lte=end)
    before = changes.filter(at__lt=begin).order_by("-at", "-id").first()
    during = list(changes.filter(at__gte=begin).order_by("at", "id"))
    return [*([before] if before else []), *during]


def _changes(lights: list[Assessment], begin: datetime) -> Iterator[_Moment]:
    for change in lights:
        if change.at >= begin:
            title = _("신호등 %(light)s") % {"light": change.get_light_display()}
            yield change.at, "light", title, " · ".join(str(reason) for reason in change.reasons)


def _hours(begin: datetime, end: datetime) -> Iterator[_Moment]:
    for number in range(int((end - begin) // HOUR) + 1):
        yield begin + number * HOUR, "hour", "", ""


def _row(case: Case, moment: _Moment, readings: _Readings, lights: list[Assessment]) -> Row:
    at, kind, title, detail = moment
    past = [change.light for change in lights if change.at <= at]
    return Row(
        at=at,
        clock=f"{weekday(at)} {clock_time(at)}",
        since=_since(at - case.opened_at),
        title=title,
        detail=detail,
        kind=kind,
        light=past[-1] if past else "grey",
        values=[readings.last_hour(source, at) for source in SOURCES.values()],
    )


def _since(length: timedelta) -> str:
    if abs(length) < MINUTE:
        return _("열린 때")
    words = {"span": span(length)}
    return _("열리기 %(span)s 전") % words if length < timedelta(0) else _("%(span)s 뒤") % words


def _read(case: Case, begin: datetime, end: datetime) -> _Readings:
    first, last = local_day(begin - HOUR), local_day(end)
    found = sources.read(case.household_id, first, last, list(SOURCES.values()))
    return _Readings(day_start(first), found, _came(begin, end))


def _came(begin: datetime, end: datetime) -> dict[str, tuple[list[datetime], list[datetime]]]:
    """For each feed the files of before and during the replay, as _Readings.came."""
    came: dict[str, tuple[list[datetime], list[datetime]]] = {feed: ([], []) for feed in Feed}
    files = Delivery.objects.filter(
        received_at__range=(begin - RECEIPTS_BEFORE, end), data_until__isnull=False
    )
    for feed, at, until in files.order_by("received_at", "id").values_list(
        "feed", "received_at", "data_until"
    ):
        received, reached = came[feed]
        received.append(at)
        reached.append(max(until, reached[-1]) if reached else until)
    return came


def _full_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _judged(case: Case, *, now: datetime) -> str:
    """One sentence: whether the readings of then are still there and say the same by that rule."""
    if case.assessment is None:
        return _("자료가 아니라 사람이 연 건입니다.")
    again: Replay = replay(case.assessment, now=now)
    if again.deleted_on is not None:
        return _("그때의 자료는 %(on)s에 지워져 다시 판단할 수 없습니다.") % {
            "on": day(again.deleted_on)
        }
    if again.agrees(case.assessment):
        return _("지금 다시 판단해도 같은 자료와 같은 기준에서 같은 신호등이 나옵니다.")
    if not again.same_inputs:
        return _("그 뒤에 자료가 더 오거나 고쳐져, 그때 본 자료와 같지 않습니다.")
    return _("그때의 기준이 남아 있지 않아 지금의 기준으로만 다시 판단할 수 있습니다.")
