"""The map of activity: 24 hours x N days of one source, honest about what is not known.

Hatched is what did not arrive, outlined is a silence that explains nothing, dashed is a planned
absence, dotted an incident of the feed. The table behind the map is made of the same cells, and
the cursor of the map reads its words from that table.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from households.days import day_start, local_day
from households.models import Household
from monitoring import schedules
from monitoring.models import HouseholdState, Light
from monitoring.presenters import sources, spans
from monitoring.presenters.sources import POWER, Source
from monitoring.presenters.spans import Span
from ui import words

DAYS = 28
"""Of the compact map on a case; the household's own page shows LONG_DAYS."""
LONG_DAYS = 60
PALEST_SIGN = 3
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Heat:
    """`days` is what the tag {% heat %} and actogram.draw take; `label` says it in a sentence."""

    days: list[dict[str, Any]]
    label: str
    any_data: bool
    source: Source = POWER
    spans: list[Span] = field(default_factory=list)
    silent_since: datetime | None = None


@dataclass(frozen=True)
class _Seen:
    """The hours of the map, each array (days, 24)."""

    source: Source
    first: date
    values: sources.Floats
    shade: NDArray[np.int8]
    silent: NDArray[np.bool_]
    absent: NDArray[np.bool_]
    incident: NDArray[np.bool_]
    titled: bool
    pending: NDArray[np.bool_]  # still to come: the future, and what may yet be delivered in time
    sign: tuple[int, int] | None

    def begins(self, day: int, hour: int = 0) -> datetime:
        return day_start(self.first) + timedelta(days=day, hours=hour)


def of(
    household: Household,
    state: HouseholdState | None,
    *,
    now: datetime,
    days: int = DAYS,
    source: Source = POWER,
    titled: bool = True,
) -> Heat:
    """`titled`: every cell says itself in words; the long map's table does that instead."""
    first = local_day(now) - timedelta(days=days - 1)
    values = sources.read(household.pk, first, local_day(now), [source])[source.key]
    over = spans.of(household, first, days, feeds=source.feeds, now=now)
    begin = day_start(first)
    silent = _silent(state, values, begin)
    shade = sources.levels(source, values)
    seen = _Seen(
        source=source,
        first=first,
        values=values,
        # The detector judged each hour by the sixty days before it, this map by its own weeks: at
        # the edge the two may differ, and the detector's "no sign" is what counts.
        shade=np.where(silent, np.minimum(shade, PALEST_SIGN - 1), shade),
        silent=silent,
        absent=spans.mask(over, "absence", days),
        incident=spans.mask(over, "incident", days),
        titled=titled,
        pending=_pending(source, values, begin, now),
        sign=_sign(state, begin, days),
    )
    return Heat(
        days=[_day(seen, day) for day in range(days)],
        label=_label(seen, state),
        any_data=bool(np.isfinite(values).any()),
        source=source,
        spans=over,
        silent_since=_first(seen),
    )


def _hours(begin: datetime, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """(days, 24) start of each hour in seconds since 1970."""
    hours = begin.timestamp() + 3600.0 * np.arange(shape[0] * 24)
    return np.asarray(hours.reshape(shape), np.float64)


def _silent(
    state: HouseholdState | None, values: sources.Floats, begin: datetime
) -> NDArray[np.bool_]:
    """Received hours after the last sign of life, where the light says that it is too long."""
    if state is None or state.light not in (Light.RED, Light.YELLOW):
        return np.zeros(values.shape, bool)
    after = np.ones(values.shape, bool)
    if state.last_sign_at is not None:
        after = _hours(begin, values.shape) > state.last_sign_at.timestamp()
    return np.asarray(after & np.isfinite(values))


def _pending(
    source: Source, values: sources.Floats, begin: datetime, now: datetime
) -> NDArray[np.bool_]:
    """Hours that need not have come yet, and those before the first reading of all."""
    hours = _hours(begin, values.shape)
    expected = max(schedules.expected_until(feed, now=now) for feed in source.feeds)
    pending = (hours + 3600 > now.timestamp()) | (hours >= expected.timestamp())
    received = np.flatnonzero(np.isfinite(values.reshape(-1)))
    if len(received):
        pending |= np.arange(values.size).reshape(values.shape) < received[0]
    return np.asarray(pending & ~np.isfinite(values))


def _sign(state: HouseholdState | None, begin: datetime, days: int) -> tuple[int, int] | None:
    if state is None or state.last_sign_at is None:
        return None
    hour = int((state.last_sign_at - begin) // HOUR)
    return divmod(hour, 24) if 0 <= hour < days * 24 else None


def _day(seen: _Seen, day: int) -> dict[str, Any]:
    at = seen.begins(day)
    name = words.weekday(at)
    return {
        "label": f"{at.month}. {at.day}.",
        "name": name,
        "cells": [_cell(seen, day, hour, name) for hour in range(24)],
    }


def _cell(seen: _Seen, day: int, hour: int, name: str) -> dict[str, Any] | None:
    if seen.pending[day, hour]:
        return None
    value = float(seen.values[day, hour])
    received = bool(np.isfinite(value))
    text = seen.source.said(value) if received else None
    return {
        "level": int(seen.shade[day, hour]) if received else None,
        "value": text,
        "silent": bool(seen.silent[day, hour]),
        "absent": bool(seen.absent[day, hour]),
        "incident": bool(seen.incident[day, hour]),
        "last": seen.sign == (day, hour),
        "title": _title(seen, name, hour, text) if seen.titled else "",
    }


def _title(seen: _Seen, name: str, hour: int, text: str | None) -> str:
    said = _("자료 안 옴") if text is None else f"{text} {seen.source.unit}"
    return f"{spans.hour_of(name, hour)} {said}"


def _first(seen: _Seen) -> datetime | None:
    if not seen.silent.any():
        return None
    day, hour = (int(place[0]) for place in np.nonzero(seen.silent))
    return seen.begins(day, hour)


def _label(seen: _Seen, state: HouseholdState | None) -> str:
    parts = [
        _("최근 %(days)d일 시간별 %(source)s 활동.")
        % {"days": len(seen.values), "source": seen.source.label}
    ]
    missing = int((~np.isfinite(seen.values) & ~seen.pending).sum())
    if missing:
        parts.append(_("안 온 자료 %(n)d시간.") % {"n": missing})
    if seen.absent.any():
        parts.append(_("계획된 부재가 있습니다."))
    if seen.incident.any():
        parts.append(_("자료 사고가 있었습니다."))
    since = _first(seen)
    if since is not None:
        parts.append(_("%(since)s부터 활동 없음.") % {"since": spans.short(since)})
    elif state is not None and state.last_sign_at is not None:
        parts.append(_("마지막 활동 %(at)s.") % {"at": words.moment(state.last_sign_at)})
    return " ".join(parts)
