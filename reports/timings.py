"""How long it takes from a signal until somebody knows how the person is.

Never an average: one long night would hide behind many short calls.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from dispatch.models import Case
from dispatch.paths import BY_KEY, LONG, SPANS
from dispatch.rules import Light

CONFIRMED = BY_KEY["confirmed"]
LIGHTS = (Light.RED.value, Light.YELLOW.value)


@dataclass(frozen=True)
class Times:
    """Cases in which somebody was seen or heard, and how long that took."""

    cases: int
    median: timedelta | None
    ninety: timedelta | None
    buckets: tuple[int, ...]  # cases per entry of dispatch.paths.SPANS
    long: int  # cases over four hours


def times_to_safe(cases: QuerySet[Case]) -> Times:
    """Over all of these cases; see `Times`."""
    return _summary(took for _light, took in _spans(cases))


def by_light(cases: QuerySet[Case]) -> dict[str, Times]:
    """`all` and each light that makes a case, in one query."""
    spans = _spans(cases)
    lights = {light: _summary(took for one, took in spans if one == light) for light in LIGHTS}
    return {"all": _summary(took for _light, took in spans), **lights}


def _spans(cases: QuerySet[Case]) -> list[tuple[str, timedelta]]:
    rows = cases.filter(CONFIRMED.condition()).values_list("light", "opened_at", "closed_at")
    return [(light, closed - opened) for light, opened, closed in rows if closed is not None]


def _summary(spans: Iterable[timedelta]) -> Times:
    found = sorted(spans)
    return Times(
        cases=len(found),
        median=nearest_rank(found, 50),
        ninety=nearest_rank(found, 90),
        buckets=tuple(sum(span.holds(took) for took in found) for span in SPANS),
        long=sum(LONG.holds(took) for took in found),
    )


def nearest_rank(spans: list[timedelta], percent: int) -> timedelta | None:
    """The smallest span that at least `percent` of the sorted spans do not exceed."""
    if not spans:
        return None
    rank = -(-len(spans) * percent // 100)  # rounded up
    return spans[rank - 1]


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
