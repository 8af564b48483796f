"""curve.svg: median detection delay against false alarms per household-month, both as measured."""

import math

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 30, 60
RATES = (0.1, 0.32, 1.0, 2.7, 10.0)
HOURS = (0, 24, 48, 72, 96)
_LOW, _HIGH = math.log10(0.03), math.log10(20)


def _x(rate: float) -> float:
    share = (math.log10(min(max(rate, 0.03), 20)) - _LOW) / (_HIGH - _LOW)
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y(hours: float) -> float:
    return round(HEIGHT - BOTTOM - hours / 96 * (HEIGHT - TOP - BOTTOM), 1)


def svg(curve: list[tuple[float, float]]) -> str:
    """The picture as text; a file without incidents has no curve and says so."""
    line = " ".join(f"{_x(rate)},{_y(hours)}" for rate, hours in curve)
    said = "" if curve else _text(WIDTH / 2, HEIGHT / 2, "no incidents given: no delay to draw")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="13" fill="#1e2124">',
            "<title>Detection delay against false alarms</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            *(_across(hours) for hours in HOURS),
            *(_up(rate) for rate in RATES),
            f'<polyline points="{line}" fill="none" stroke="#256ef4" stroke-width="2.5"/>',
            said,
            _text(WIDTH / 2, HEIGHT - 14, "false alarms per household-month"),
            _text(LEFT, 18, "median delay (hours), power only", "start"),
            "</svg>",
            "",
        ]
    )


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
