"""Rows turned into what templates draw. Percent and 백만원 are rounded here, nowhere else."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from reports import pledge, proof
from reports.models import BudgetSource, MilestoneKind
from reports.pledge import MILLION, CardFigures

BAR_WIDTH = 520.0  # units of the SVG view box


def million(won: int) -> Decimal:
    """Won as 백만원, rounded once."""
    return (Decimal(won) / MILLION).quantize(Decimal(1), rounding=ROUND_HALF_UP)


def year_bars(
    years: list[proof.YearFigure], *, running: dict[int, int] | None = None
) -> list[dict[str, Any]]:
    """Bullet bars on one scale: target mark, 90 % of the target, result.

    `running` holds what the portal has counted so far in years without a published result; a
    year in neither is drawn as missing.
    """
    running = running or {}
    numbers = [n for year in years for n in (year.target, year.actual) if n is not None]
    scale = BAR_WIDTH / (max([*numbers, *running.values()], default=1) * 1.1)
    return [_year_bar(year, scale, running.get(year.year)) for year in years]


def _year_bar(year: proof.YearFigure, scale: float, counted: int | None) -> dict[str, Any]:
    so_far = counted if year.actual is None else None
    return {
        "year": year.year,
        "target": year.target,
        "actual": year.actual,
        "target_text": year.target_text,
        "actual_text": year.actual_text,
        "rate": proof.percent(year.rate, decimals=1),
        "rate_card": proof.percent(year.rate, decimals=0),
        "running": so_far,
        "running_rate": proof.percent(proof.rate(so_far, year.target), decimals=1),
        "bar": _units(year.actual if so_far is None else so_far, scale),
        "ninety": _units(year.target, scale * 0.9),
        "mark": _units(year.target, scale),
        "hatch": _hatch(year.target, scale),
    }


def _hatch(target: int | None, scale: float) -> str:
    """Strokes up to the target: nothing has arrived here."""
    length = int((target or 0) * scale)
    return "".join(f"M{x} 21l10 -12" for x in range(0, max(0, length - 10), 12))


def _units(value: int | None, scale: float) -> str | None:
    """SVG units as text: a localised float would be no SVG number."""
    return None if value is None else f"{value * scale:.1f}"


def budget_table(figures: CardFigures) -> dict[str, Any]:
    """The investment plan as the county prints it: sources down, years across, 백만원."""
    years = [year.year for year in figures.years]
    years = list(range(min([2022, *years]), max(years) + 1))
    won: dict[tuple[str, int], int] = {}
    for line in figures.card.budget_lines.all():
        won[line.source, line.year] = line.won
    rows = [
        {
            "label": BudgetSource(source).label,
            "cells": [_cell(won.get((source, year), 0)) for year in years],
            "total": _cell(sum(won.get((source, year), 0) for year in years)),
        }
        for source in BudgetSource.values
    ]
    total = {
        "label": _("계"),
        "cells": [_cell(sum(won.get((s, y), 0) for s in BudgetSource.values)) for y in years],
        "total": _cell(sum(won.values())),
    }
    return {"years": years, "rows": [total, *rows]}


def budget_sources(figures: CardFigures) -> list[tuple[str, str]]:
    """(계 or a source, 백만원); a source that pays nothing has the county's dash."""
    by_source = figures.budget_by_source()
    rows = [(str(BudgetSource(source).label), _cell(won)) for source, won in by_source.items()]
    return [(_("계"), _cell(sum(by_source.values()))), *rows]


def _cell(won: int) -> str:
    """백만원, and the county's dash for nothing."""
    return f"{million(won):,}" if won else "-"


def budget_bars(figures: CardFigures) -> list[dict[str, Any]]:
    by_year = figures.budget_by_year()
    highest = max(by_year.values(), default=1)
    return [
        {
            "year": year,
            "million": million(won),
            "height": f"{107 * won / highest:.1f}",
            "top": f"{144 - 107 * won / highest:.1f}",
            "label_y": f"{137 - 107 * won / highest:.1f}",
            "x": f"{16 + 83.3 * i:.1f}",
            "middle": f"{41.7 + 83.3 * i:.1f}",
        }
        for i, (year, won) in enumerate(sorted(by_year.items()))
    ]


def pledge_card(figures: CardFigures) -> dict[str, Any]:
    """Context of the card's page and of its file."""
    # In the order of the paper, so that each group stands together.
    milestones = sorted(figures.card.milestones.all(), key=lambda line: line.pk)
    return {
        "figures": figures,
        "card": figures.card,
        "bars": year_bars(figures.years),
        "budget": budget_table(figures),
        "budget_bars": budget_bars(figures),
        "rate_published": figures.published.get("rate-total", ("-", None))[0],
        "rate_computed": proof.percent(figures.rate_computed, decimals=1),
        "target_published": figures.published.get("summary-target-total", ("-", None))[0],
        "procedure": [line for line in milestones if line.kind == MilestoneKind.PROCEDURE],
        "done": [line for line in milestones if line.kind == MilestoneKind.DONE],
        "planned": [line for line in milestones if line.kind == MilestoneKind.PLANNED],
    }


def target_of(code: str, year: int, *, as_of: date) -> proof.YearFigure | None:
    """Target and published result of a year; None before a card was loaded or outside its years."""
    try:
        figures = pledge.figures(code=code, as_of=as_of)
    except pledge.NoCard:
        return None
    return next((one for one in figures.years if one.year == year), None)
