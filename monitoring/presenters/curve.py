"""How unlike itself a home was, hour by hour, over two weeks: the curve, its two lines, its table.

The detector's number means nothing to a clerk, so it is told as a share of the way to the red
line: 0 is "as usual", 100 the red line. Both lines are the points in force now.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from households.days import day_start, local_day
from households.models import Household
from monitoring.curves import evidence_curve
from monitoring.models import Basis, HouseholdState
from monitoring.presenters import sources, spans
from monitoring.presenters.spans import Span
from ui import words

DAYS = 14
YELLOW, RED, MOST = 50.0, 100.0, 150.0
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Crossing:
    """The hour in which the curve went over a line for the last time, still being over it."""

    index: int
    line: str
    at: datetime

    @property
    def words(self) -> str:
        names = {"yellow": _("주의선"), "red": _("긴급선")}
        return _("%(at)s에 %(line)s을 넘음") % {
            "at": spans.short(self.at),
            "line": names[self.line],
        }


@dataclass(frozen=True)
class Curve:
    """`degrees` (DAYS, 24): 0-150, NaN where nothing is known. `until`: hours judged so far."""

    first: date
    degrees: sources.Floats
    until: int
    crossings: list[Crossing]
    spans: list[Span]
    label: str

    @property
    def data(self) -> dict[str, Any]:
        """For the script that draws; the words of every hour stand in the table."""
        flat = self.degrees.reshape(-1)
        return {
            "hours": [spans.hour_of(day, hour) for day in self._days() for hour in range(24)],
            "values": [None if not np.isfinite(value) else round(float(value)) for value in flat],
            "lines": [
                {"at": YELLOW, "name": _("주의선"), "kind": "yellow"},
                {"at": RED, "name": _("긴급선"), "kind": "red"},
            ],
            "crossings": [{"at": one.index, "name": one.words} for one in self.crossings],
            "spans": [
                {"from": one.first, "to": one.last, "name": one.label, "kind": one.kind}
                for one in self.spans
            ],
            "last": min(self.until, flat.size) - 1,
            "usual": _("평소"),
            "missing": _("자료 안 옴"),
        }

    @property
    def has_absence(self) -> bool:
        return any(span.kind == "absence" for span in self.spans)

    @property
    def has_incident(self) -> bool:
        return any(span.kind == "incident" for span in self.spans)

    @property
    def rows(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Newest day first: (day, 24 of (text, kind)); kind is over-red, over-yellow or empty."""
        found = []
        for day in range(DAYS - 1, -1, -1):
            begin = day_start(self.first) + timedelta(days=day)
            found.append((words.weekday(begin), [self._cell(day * 24 + h) for h in range(24)]))
        return found

    def _days(self) -> Iterator[str]:
        return (words.weekday(self.first + timedelta(days=day)) for day in range(DAYS))

    def _cell(self, index: int) -> tuple[str, str]:
        if index >= self.until:
            return "", ""
        value = float(self.degrees.reshape(-1)[index])
        if not np.isfinite(value):
            return _("안 옴"), ""
        kind = "red" if value >= RED else "yellow" if value >= YELLOW else ""
        return f"{round(value)}", kind


def of(household: Household, state: HouseholdState | None, *, now: datetime) -> Curve | None:
    """None where habits are not judged yet, or nothing was judged in these days."""
    if state is None or state.basis != Basis.LEARNED:
        return None
    judged = evidence_curve(household.pk, now=now, days=DAYS)
    if judged.until is None or not np.isfinite(judged.evidence).any():
        return None
    first = local_day(judged.first)
    until = int((judged.until - judged.first) // HOUR)
    evidence = np.asarray(judged.evidence, np.float64).reshape(DAYS, 24)
    degrees = degree(evidence, judged.yellow, judged.red)
    crossings = list(_crossings(degrees.reshape(-1)[:until], day_start(first)))
    return Curve(
        first=first,
        degrees=degrees,
        until=until,
        crossings=crossings,
        spans=spans.of(household, first, DAYS, feeds=("power", "telecom", "app"), now=now),
        label=_label(degrees, crossings),
    )


def degree(evidence: sources.Floats, yellow: float, red: float) -> sources.Floats:
    """The detector's numbers as 0-150: a straight line through yellow = 50 and red = 100."""
    step = max(red - yellow, 1e-6)
    return np.asarray(np.clip(YELLOW + (RED - YELLOW) * (evidence - yellow) / step, 0, MOST))


def _crossings(values: sources.Floats, begin: datetime) -> Iterator[Crossing]:
    """For each line that the newest known hour is over: where the curve went over it."""
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return
    for line, height in (("yellow", YELLOW), ("red", RED)):
        over = values[known] >= height
        if not over[-1]:
            continue
        below = np.flatnonzero(~over)
        index = int(known[below[-1] + 1]) if len(below) else int(known[0])
        yield Crossing(index, line, begin + index * HOUR)


def _label(degrees: sources.Floats, crossings: list[Crossing]) -> str:
    said = [_("최근 %(days)d일 동안 평소와 다른 정도.") % {"days": DAYS}]
    if crossings:
        said += [f"{one.words}." for one in crossings]
    else:
        most = float(np.nanmax(degrees))
        said.append(_("가장 높을 때 긴급선의 %(n)d퍼센트.") % {"n": round(most)})
    return " ".join(said)
