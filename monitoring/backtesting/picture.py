"""curve.svg: median detection delay against false alarms per household-month, both as measured."""

import math
from dataclasses import dataclass

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 30, 60
RATES = (0.1, 0.32, 1.0, 2.7, 10.0)
HOURS = (0, 24, 48, 72, 96)
COLOURS = ("#256ef4", "#8a949e", "#ab6500", "#228738", "#a32d73", "#de3412", "#0b78cb", "#58616a")
DASHES = ("", "6 3", "2 3", "9 3 2 3")
_LOW, _HIGH = math.log10(0.03), math.log10(20)


@dataclass(frozen=True)
class Line:
    """One detector: (false alarms per household-month, median delay in hours) along its curve.

    `marks`: points of it with a name of their own, such as a limit in hours.
    """

    name: str
    points: list[tuple[float, float]]
    marks: tuple[tuple[str, float, float], ...] = ()


def _x(rate: float) -> float:
    share = (math.log10(min(max(rate, 0.03), 20)) - _LOW) / (_HIGH - _LOW)
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y(hours: float) -> float:
    return round(HEIGHT - BOTTOM - hours / 96 * (HEIGHT - TOP - BOTTOM), 1)


def svg(lines: list[Line]) -> str:
    """The picture as text; a file without incidents has no curve and says so."""
    drawn = any(line.points for line in lines)
    said = "" if drawn else _text(WIDTH / 2, HEIGHT / 2, "no incidents given: no delay to draw")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="13" fill="#1e2124">',
            "<title>Detection delay against false alarms</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            *(_across(hours) for hours in HOURS),
            *(_up(rate) for rate in RATES),
            *(_drawn(place, line) for place, line in enumerate(lines)),
            said,
            _text(WIDTH / 2, HEIGHT - 14, "false alarms per household-month"),
            _text(LEFT, 18, "median delay (hours)", "start"),
            "</svg>",
            "",
        ]
    )


def _drawn(place: int, line: Line) -> str:
    # Dash as well as colour: the picture is printed in black and white.
    colour, dash = COLOURS[place % len(COLOURS)], DASHES[place % len(DASHES)]
    points = " ".join(f"{_x(rate)},{_y(hours)}" for rate, hours in line.points)
    style = f'fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"'
    top = TOP + 8 + 18 * place
    legend = f'<path d="M{WIDTH - 250} {top}h28" {style}/>'
    parts = [
        f'<polyline points="{points}" {style}/>',
        legend,
        _text(WIDTH - 216, top + 4, line.name, "start"),
    ]
    for name, rate, hours in line.marks:
        parts.append(f'<circle cx="{_x(rate)}" cy="{_y(hours)}" r="4" fill="{colour}"/>')
        parts.append(_text(_x(rate) + 7, _y(hours) - 6, name, "start"))
    return "".join(parts)


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{words}</text>'


def _across(hours: int) -> str:
    y = _y(hours)
    line = f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#cdd1d5"/>'
    return line + _text(LEFT - 8, y + 4, f"{hours}", "end")


def _up(rate: float) -> str:
    x = _x(rate)
    line = f'<path d="M{x} {TOP}V{HEIGHT - BOTTOM}" stroke="#e6e8ea"/>'
    return line + _text(x, HEIGHT - BOTTOM + 20, f"{rate:g}")
