"""How long it takes from a signal until somebody knows how the person is.

The times are those of dispatch.times, so that every page tells the same of the same cases. Never an
average: one long night would hide behind many short calls.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from dispatch import times as log_times
from dispatch.models import Case
from dispatch.paths import LONG, SPANS
from dispatch.presenters.times import took as in_words
from dispatch.rules import Light
from dispatch.stages import SAFE

LIGHTS = (Light.RED.value, Light.YELLOW.value)


@dataclass(frozen=True)
class Times:
    """Cases in which somebody was seen or heard, and how long that took."""

    cases: int
    median: timedelta | None
    ninety: timedelta | None  # at least 90 % of the cases took no longer
    buckets: tuple[int, ...]  # cases per entry of dispatch.paths.SPANS
    long: int  # cases over four hours

    @property
    def median_words(self) -> str:
        return _words(self.median)

    @property
    def ninety_words(self) -> str:
        return _words(self.ninety)

    @property
    def few(self) -> bool:
        """So few that the 90 % time is that of the slowest case."""
        return 0 < self.cases < log_times.FEW


def by_light(cases: QuerySet[Case]) -> dict[str, Times]:
    """`all` and each light under which a case opens, in two queries. Drills and cases opened for
    nothing are not counted (dispatch.times)."""
    light = dict(cases.order_by().values_list("pk", "opened_light"))
    safe = {one.case: one.safe for one in log_times.case_times(light) if one.safe is not None}
    lights = {
        this: _summary(took for case, took in safe.items() if light[case] == this)
        for this in LIGHTS
    }
    return {"all": _summary(safe.values()), **lights}


def _summary(seconds: Iterable[float]) -> Times:
    found = list(seconds)
    spread = log_times.spread(SAFE, found)
    spans = [timedelta(seconds=one) for one in found]
    return Times(
        cases=spread.n,
        median=_length(spread.median),
        ninety=_length(spread.p90),
        buckets=tuple(sum(span.holds(took) for took in spans) for span in SPANS),
        long=sum(LONG.holds(took) for took in spans),
    )


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _words(took: timedelta | None) -> str:
    return in_words(None if took is None else took.total_seconds())


# ── drawing ──────────────────────────────────────────────────────────────────
BAR, GAP, LEFT, GROUND, HIGHEST = 49.7, 4.0, 2.0, 238.0, 192.0
STEP = BAR + GAP
WIDTH, LABEL_WIDTH = 376.0, 122.0
INSIDE = 28.0  # from this height on a bar has room for its number


def drawn(times: Times, urls: dict[str, str]) -> dict[str, Any]:
    """Bars and the two marks in units of the view box 376 x 262; `urls` by key of a span."""
    highest = max(times.buckets, default=0) or 1
    lines = _place(times.median), _place(times.ninety)
    median, ninety = (_Label(x) for x in lines)
    return {
        "bars": [
            _bar(at, n, HIGHEST * n / highest, lines) | {"label": span.label, "url": urls[span.key]}
            for at, (span, n) in enumerate(zip(SPANS, times.buckets, strict=True))
        ],
        "median": median.drawn(30.0),
        "ninety": ninety.drawn(48.0 if ninety.touches(median) else 30.0),
    }


def _bar(at: int, n: int, height: float, lines: tuple[float, ...]) -> dict[str, Any]:
    left, top = LEFT + at * STEP, GROUND - height
    crossed = any(left < x < left + BAR / 2 for x in lines)  # the number gives way to a line
    return {
        "n": n,
        "x": f"{left:.1f}",
        "top": f"{top:.1f}",
        "width": BAR,
        "height": f"{height:.1f}",
        "n_x": f"{left + (BAR - 7 if crossed else 7):.1f}",
        "n_y": f"{(GROUND - 8) if height >= INSIDE else (top - 6):.1f}",
        "anchor": "end" if crossed else "start",
        "end": f"{left + BAR:.1f}",
    }


def _place(took: timedelta | None) -> float:
    """Where a span lies on the axis: linear inside a bar, the middle of the endless last one."""
    if took is None:
        return LEFT
    at, span = next((at, span) for at, span in enumerate(SPANS) if span.holds(took))
    share = (took - span.over) / (span.upto - span.over) if span.upto else 0.5
    return LEFT + at * STEP + share * BAR


@dataclass(frozen=True)
class _Label:
    """The words beside a line: right of it, or left where the drawing ends."""

    line: float

    @property
    def to_left(self) -> bool:
        return self.line + LABEL_WIDTH > WIDTH

    @property
    def begins(self) -> float:
        return self.line - LABEL_WIDTH if self.to_left else self.line

    def touches(self, other: "_Label") -> bool:
        return abs(self.begins - other.begins) < LABEL_WIDTH

    def drawn(self, y: float) -> dict[str, str]:
        return {
            "x": f"{self.line:.1f}",
            "text_x": f"{self.line - 6 if self.to_left else self.line + 6:.1f}",
            "y": f"{y:.1f}",
            "anchor": "end" if self.to_left else "start",
        }
