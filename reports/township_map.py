"""The map of the ten townships: outlines only, never the place of a home (고독사예방법 제17조)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from reports.dashboard import TownshipLights

SHAPES = Path(__file__).parent / "seed" / "township_map.json"
STEP = 34.0  # SVG units between two counts under a name


@cache
def shapes() -> list[dict[str, Any]]:
    """code, name, label position and outline, in units of the view box -4 -4 408 451."""
    found: list[dict[str, Any]] = json.loads(SHAPES.read_text(encoding="utf-8"))
    return found


def drawn(rows: list[TownshipLights]) -> list[dict[str, Any]]:
    """Shapes with this viewer's counts; a township outside the scope is drawn without a link."""
    by_code = {row.code: row for row in rows}
    return [_shape(shape, by_code.get(shape["code"])) for shape in shapes()]


def _shape(shape: dict[str, Any], row: TownshipLights | None) -> dict[str, Any]:
    marks = row.not_green if row else []
    left = shape["x"] - STEP * len(marks) / 2 + 3
    return {
        **{key: shape[key] for key in ("name", "outline")},
        "x": f"{shape['x']:.1f}",
        "y": f"{shape['y']:.1f}",
        "row": row,
        "marks": [
            {
                "light": light,
                "n": n,
                "x": f"{left + i * STEP:.1f}",
                "text_x": f"{left + i * STEP + 19:.1f}",
                "y": f"{shape['y'] + 5:.1f}",
                "text_y": f"{shape['y'] + 19:.1f}",
            }
            for i, (light, n) in enumerate(marks)
        ],
    }
