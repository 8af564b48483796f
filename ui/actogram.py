"""Geometry of the activity map: 24 hours x N days as an SVG of plain shapes.

Honest about data: no activity is pale, silence is outlined, data that have not arrived are
hatched, a planned absence is dashed. Nothing here needs a style attribute, so that the map
works under the strict content security policy.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

HOURS = 24
GAP = 1
LABEL_EVERY = 7
HATCH = 4


@dataclass(frozen=True)
class Layout:
    """Sizes in SVG units. Turned: a row per day (narrow); else a column per day (wide)."""

    turned: bool
    days: int
    head: int = 8  # room above a wide map, for the names of what lies over its days

    @property
    def step(self) -> tuple[int, int]:
        return (14, 9) if self.turned else (max(8, min(28, 780 // max(self.days, 1))), 8)

    @property
    def origin(self) -> tuple[int, int]:
        return (60, 22) if self.turned else (40, self.head)

    def corner(self, day: int, hour: int) -> tuple[int, int]:
        column, row = (hour, day) if self.turned else (day, hour)
        return self.origin[0] + column * self.step[0], self.origin[1] + row * self.step[1]


@dataclass
class Map:
    """What is drawn: `cells` one by one with their titles (ui/heat.html), or, for long maps that
    have a table to say the same, `shades`: one path per level."""

    width: int = 0
    height: int = 0
    cells: list[dict[str, Any]] = field(default_factory=list)
    shades: list[dict[str, Any]] = field(default_factory=list)
    hatch: str = ""
    silence: str = ""
    silence_edge: str = ""
    absence_edge: str = ""
    incident_edge: str = ""
    last: tuple[float, float] | None = None
    labels: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    hours: range = range(HOURS)


def draw(
    days: list[dict[str, Any]], *, turned: bool = False, grouped: bool = False, head: int = 8
) -> Map:
    """`days`: oldest first, each {"label": str, "cells": up to 24 cells or None}.

    A cell is {"level": 0-4 or None when not arrived, "silent": bool, "absent": bool,
    "incident": bool, "title": str, "last": bool}; None stands for an hour that is still to come.
    All keys but level may be missing. `grouped` draws a path per level in place of the cells.
    """
    layout = Layout(turned=turned, days=len(days), head=head)
    grid = {
        (d, h): cell
        for d, day in enumerate(days)
        for h, cell in enumerate(day["cells"][:HOURS])
        if cell is not None
    }
    silent = {at for at, cell in grid.items() if cell.get("silent")}
    absent = {at for at, cell in grid.items() if cell.get("absent")}
    incident = {at for at, cell in grid.items() if cell.get("incident")}
    end = layout.corner(len(days), HOURS)
    cells = [_cell(layout, at, cell) for at, cell in grid.items() if cell["level"] is not None]
    return Map(
        width=end[0] + 4,
        height=end[1] + (4 if turned else 22),
        cells=[] if grouped else cells,
        shades=_shades(cells) if grouped else [],
        hatch="".join(_hatch(layout, at) for at, cell in grid.items() if cell["level"] is None),
        silence="".join(_box(layout, at) for at in sorted(silent)),
        silence_edge=_edge(layout, silent),
        absence_edge=_edge(layout, absent),
        incident_edge=_edge(layout, incident),
        last=next((_middle(layout, at) for at, cell in grid.items() if cell.get("last")), None),
        labels=[*_hour_labels(layout), *_day_labels(layout, [day["label"] for day in days])],
        rows=[_row(day) for day in reversed(days)],
    )


def _cell(layout: Layout, at: tuple[int, int], cell: dict[str, Any]) -> dict[str, Any]:
    x, y = layout.corner(*at)
    return {
        "level": max(0, min(4, int(cell["level"]))),
        "x": x,
        "y": y,
        "width": layout.step[0] - GAP,
        "height": layout.step[1] - GAP,
        "title": cell.get("title", ""),
    }


def _shades(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    paths: dict[int, list[str]] = {}
    for cell in cells:
        box = "M{x} {y}h{width}v{height}h-{width}z".format(**cell)
        paths.setdefault(cell["level"], []).append(box)
    return [{"level": level, "d": "".join(paths[level])} for level in sorted(paths)]


def _middle(layout: Layout, at: tuple[int, int]) -> tuple[float, float]:
    x, y = layout.corner(*at)
    return x + (layout.step[0] - GAP) / 2, y + (layout.step[1] - GAP) / 2


def _box(layout: Layout, at: tuple[int, int]) -> str:
    x, y = layout.corner(*at)
    return f"M{x} {y}h{layout.step[0]}v{layout.step[1]}h-{layout.step[0]}z"


def _hatch(layout: Layout, at: tuple[int, int]) -> str:
    """Diagonals of one cell, cut at its border."""
    x, y = layout.corner(*at)
    width, height = layout.step
    strokes = []
    for offset in range(HATCH, width + height, HATCH):
        x1, y1 = (offset, 0) if offset <= width else (width, offset - width)
        x2, y2 = (0, offset) if offset <= height else (offset - height, height)
        strokes.append(f"M{x + x1} {y + y1}L{x + x2} {y + y2}")
    return "".join(strokes)


def _edge(layout: Layout, cells: set[tuple[int, int]]) -> str:
    """The outline of a set of cells: every side whose neighbour is not in the set."""
    width, height = layout.step
    down, right = ((1, 0), (0, 1)) if layout.turned else ((0, 1), (1, 0))
    strokes = []
    for d, h in sorted(cells):
        x, y = layout.corner(d, h)
        if (d - down[0], h - down[1]) not in cells:
            strokes.append(f"M{x} {y}h{width}")
        if (d + down[0], h + down[1]) not in cells:
            strokes.append(f"M{x} {y + height}h{width}")
        if (d - right[0], h - right[1]) not in cells:
            strokes.append(f"M{x} {y}v{height}")
        if (d + right[0], h + right[1]) not in cells:
            strokes.append(f"M{x + width} {y}v{height}")
    return "".join(strokes)


def _hour_labels(layout: Layout) -> Iterator[dict[str, Any]]:
    for hour in range(0, HOURS, 6):
        x, y = layout.corner(0, hour)
        if layout.turned:
            yield {"x": x, "y": y - 6, "anchor": "start", "hour": hour}
        else:
            yield {"x": x - 6, "y": y + 10, "anchor": "end", "hour": hour}


def _day_labels(layout: Layout, names: list[str]) -> Iterator[dict[str, Any]]:
    newest = len(names) - 1
    for day in range(newest, -1, -LABEL_EVERY):
        x, y = layout.corner(day, 0)
        at = (
            (x - 8, y + 5)
            if layout.turned
            else (x + layout.step[0], layout.corner(0, HOURS)[1] + 15)
        )
        yield {"x": at[0], "y": at[1], "anchor": "end", "text": names[day], "newest": day == newest}


def _row(day: dict[str, Any]) -> dict[str, Any]:
    cells = [*day["cells"][:HOURS], *[None] * (HOURS - len(day["cells"]))]
    return {"label": day["label"], "cells": cells}
