"""The map of sixty days with its table and its cursor."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from monitoring.presenters.heat import Heat
from monitoring.presenters.spans import Span
from ui import actogram

_HEAD = 26  # room for the names of absences and incidents above their days
_LETTER = 13  # about the width of a Korean letter, so that two names do not overlap


@dataclass(frozen=True)
class LongMap:
    """`rows`: newest day first, each with its 24 cells as ready HTML."""

    heat: Heat
    map: actogram.Map
    layout: actogram.Layout
    names: list[dict[str, Any]] = field(default_factory=list)
    rows: list[tuple[str, SafeString]] = field(default_factory=list)

    @property
    def cursor(self) -> dict[str, int]:
        """Geometry for the script that moves the cursor."""
        (x, y), (width, height) = self.layout.origin, self.layout.step
        return {"x": x, "y": y, "width": width, "height": height, "days": self.layout.days}


def of(heat: Heat) -> LongMap:
    layout = actogram.Layout(turned=False, days=len(heat.days), head=_HEAD)
    return LongMap(
        heat=heat,
        map=actogram.draw(heat.days, grouped=True, head=_HEAD),
        layout=layout,
        names=list(_names(heat.spans, layout)),
        rows=[(day["name"], _cells(day["cells"])) for day in reversed(heat.days)],
    )


def _names(spans: list[Span], layout: actogram.Layout) -> Iterator[dict[str, Any]]:
    """What an outline is, above its first day; left out where it would cover another name."""
    free = 0
    width = layout.corner(layout.days, 0)[0]
    for span in spans:
        x = layout.corner(span.days[0], 0)[0]
        long = len(span.label) * _LETTER
        anchor, left = ("start", x) if x + long <= width else ("end", width - long)
        if left >= free:
            yield {"x": x if anchor == "start" else width, "anchor": anchor, "text": span.label}
            free = left + long


def _cells(cells: list[dict[str, Any] | None]) -> SafeString:
    """24 table cells; built here, because 1,440 of them are too many for a template's loop."""
    return mark_safe("".join(_td(cell) for cell in cells))


def _td(cell: dict[str, Any] | None) -> str:
    if cell is None:
        return '<td class="n"></td>'
    said = [] if cell["value"] is None else [cell["value"]]
    if cell["level"] is None:
        said.append(_("안 옴"))
    if cell["silent"]:
        said.append(_("침묵"))
    if cell["absent"]:
        said.append(_("부재"))
    if cell["incident"]:
        said.append(_("자료 사고"))
    level = "" if cell["level"] is None else f' data-level="{cell["level"]}"'
    css = "n is-silent" if cell["silent"] else "n"
    return f'<td class="{css}"{level}>{escape(" ".join(said))}</td>'
