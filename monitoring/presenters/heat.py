"""The map of activity: 24 hours x 28 days, as the detector sees them.

A cell's shade is the bin in which the hour falls among this home's own quiet hours, so that what
looks silent here is what the detector counts as silent.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from accounts.county_settings import setting
from households import valve
from households.days import local_day
from households.models import Household
from monitoring import store
from monitoring.detection import habits, signals
from monitoring.models import HouseholdState, Light
from monitoring.window import SEOUL
from ui import words

DAYS = 28
# Bins of detection.habits (0-5) as shades: bins 4 and 5 are signs of life.
SHADES = (0, 0, 1, 2, 3, 4)
PALEST_SIGN = 3
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Heat:
    """`days` is what the tag {% heat %} draws; `label` says the same in a sentence."""

    days: list[dict[str, Any]]
    label: str
    any_data: bool


@dataclass(frozen=True)
class _Seen:
    """The hours of the map, each array (DAYS, 24)."""

    first: date
    kwh: np.ndarray
    shade: np.ndarray
    silent: np.ndarray
    absent: np.ndarray
    pending: np.ndarray  # still to come: the future, and what may yet be delivered in time
    sign: tuple[int, int] | None

    def begins(self, day: int, hour: int = 0) -> datetime:
        return datetime.combine(self.first + timedelta(days=day), time(hour), SEOUL)


def of(household: Household, state: HouseholdState | None, *, now: datetime) -> Heat:
    first = local_day(now) - timedelta(days=DAYS - 1)
    # One day more, so that the first hours of the map have a past to differ from.
    power = store.read([household.pk], first - timedelta(days=1), local_day(now))
    begin = datetime.combine(first, time(), SEOUL)
    kwh = power[0, 1:]
    shade = _shades(power, (first - timedelta(days=1)).weekday())[1:]
    silent = _silent(state, kwh, begin)
    seen = _Seen(
        first=first,
        kwh=kwh,
        # The detector judged each day by the sixty days before it, this map by its own four weeks:
        # at the edge the two may differ, and the detector's "no sign" is what counts.
        shade=np.where(silent, np.minimum(shade, PALEST_SIGN - 1), shade),
        silent=silent,
        absent=_absent(household.pk, begin),
        pending=_pending(state, kwh, begin, now),
        sign=_sign(state, begin),
    )
    return Heat(
        days=[_day(seen, day) for day in range(DAYS)],
        label=_label(seen, state),
        any_data=bool(np.isfinite(kwh).any()),
    )


def _shades(power: np.ndarray, weekday: int) -> np.ndarray:
    """(D, 24) shade 0-4 of each hour; meaningless where nothing was received."""
    days = power.shape[1]
    if not np.isfinite(power).any():
        return np.zeros((days, 24), np.int8)
    idle = signals.idle_profile(power)
    seen = signals.views(power, idle)
    known = habits.learn(power, seen, idle, weekday)
    # A view that lacks its past (the hour after a gap) says nothing: the other one decides.
    found = np.where(np.isfinite(seen), habits.bins(seen, known), 0).max(axis=0)[0]
    return np.asarray(SHADES, np.int8)[found].reshape(days, 24)


def _hours(begin: datetime) -> np.ndarray:
    """(DAYS, 24) start of each hour in seconds since 1970."""
    return begin.timestamp() + 3600.0 * np.arange(DAYS * 24).reshape(DAYS, 24)


def _silent(state: HouseholdState | None, kwh: np.ndarray, begin: datetime) -> np.ndarray:
    """Received hours after the last sign of life, where the light says that it is too long."""
    if state is None or state.light not in (Light.RED, Light.YELLOW):
        return np.zeros(kwh.shape, bool)
    after = np.ones(kwh.shape, bool)
    if state.last_sign_at is not None:
        after = _hours(begin) > state.last_sign_at.timestamp()
    return after & np.isfinite(kwh)


def _absent(household_id: int, begin: datetime) -> np.ndarray:
    hours = _hours(begin)
    away = np.zeros(hours.shape, bool)
    for _household, start, end in valve.absences(
        [household_id], begin, begin + timedelta(days=DAYS)
    ):
        away |= (hours + 3600 > start.timestamp()) & (hours < end.timestamp())
    return away


def _pending(
    state: HouseholdState | None, kwh: np.ndarray, begin: datetime, now: datetime
) -> np.ndarray:
    """Hours of which nothing can have come yet, and those before the first reading of all."""
    hours = _hours(begin)
    pending = hours + 3600 > now.timestamp()
    until = state.data_until if state else None
    patience = timedelta(hours=setting("monitoring.grey_after_hours", at=now))
    if until is not None and now - until <= patience:
        pending |= hours >= until.timestamp()
    received = np.flatnonzero(np.isfinite(kwh.reshape(-1)))
    if len(received):
        pending |= np.arange(DAYS * 24).reshape(DAYS, 24) < received[0]
    return pending & ~np.isfinite(kwh)


def _sign(state: HouseholdState | None, begin: datetime) -> tuple[int, int] | None:
    if state is None or state.last_sign_at is None:
        return None
    hour = int((state.last_sign_at - begin) // HOUR)
    return divmod(hour, 24) if 0 <= hour < DAYS * 24 else None


def _day(seen: _Seen, day: int) -> dict[str, Any]:
    at = seen.begins(day)
    return {
        "label": f"{at.month}. {at.day}.",
        "cells": [_cell(seen, day, hour) for hour in range(24)],
    }


def _cell(seen: _Seen, day: int, hour: int) -> dict[str, Any] | None:
    if seen.pending[day, hour]:
        return None
    kwh = seen.kwh[day, hour]
    received = bool(np.isfinite(kwh))
    when = f"{words.weekday(seen.begins(day, hour))} {hour}"
    said = (
        _("%(when)s시 %(kwh)s kWh") % {"when": when, "kwh": f"{kwh:.2f}"}
        if received
        else _("%(when)s시 자료 안 옴") % {"when": when}
    )
    return {
        "level": int(seen.shade[day, hour]) if received else None,
        "silent": bool(seen.silent[day, hour]),
        "absent": bool(seen.absent[day, hour]),
        "last": seen.sign == (day, hour),
        "title": said,
    }


def _label(seen: _Seen, state: HouseholdState | None) -> str:
    parts = [_("최근 %(days)d일 시간별 전력 활동.") % {"days": DAYS}]
    missing = int((~np.isfinite(seen.kwh) & ~seen.pending).sum())
    if missing:
        parts.append(_("안 온 자료 %(n)d시간.") % {"n": missing})
    if seen.absent.any():
        parts.append(_("계획된 부재가 있습니다."))
    if seen.silent.any():
        day, hour = (int(place[0]) for place in np.nonzero(seen.silent))
        since = f"{words.weekday(seen.begins(day, hour))} {hour}"
        parts.append(_("%(since)s시부터 활동 없음.") % {"since": since})
    elif state is not None and state.last_sign_at is not None:
        parts.append(_("마지막 활동 %(at)s.") % {"at": words.moment(state.last_sign_at)})
    return " ".join(parts)
