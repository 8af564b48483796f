"""One pledge card with its proof: everything a page, a JSON file or a document says of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from reports import proof
from reports.models import BudgetSource, Indicator, MilestoneKind, PledgeCard

MILLION = 1_000_000


class NoCard(LookupError):
    """No card of the pledge was published up to the asked date."""


@dataclass(frozen=True)
class CardFigures:
    """A card and what follows from its rows, as known on `as_of`."""

    card: PledgeCard
    indicator: Indicator
    as_of: date
    years: list[proof.YearFigure]
    published: dict[str, tuple[str, Decimal | None]]
    discrepancies: list[proof.Discrepancy]

    @property
    def actual(self) -> int:
        return proof.total_actual(self.years)

    @property
    def target_computed(self) -> int:
        return proof.total_target(self.years)

    @property
    def rate_computed(self) -> Fraction | None:
        """Result against all targets of the term, exact."""
        return proof.rate(self.actual, self.target_computed)

    def budget_by_year(self) -> dict[int, int]:
        """Won per year."""
        won: dict[int, int] = {}
        for line in self.card.budget_lines.all():
            won[line.year] = won.get(line.year, 0) + line.won
        return won

    def budget_by_source(self) -> dict[str, int]:
        """Won per source; a source that pays nothing is there with 0."""
        won = dict.fromkeys(BudgetSource.values, 0)
        for line in self.card.budget_lines.all():
            won[line.source] += line.won
        return won


def figures(*, code: str, as_of: date) -> CardFigures:
    """The newest card published up to `as_of`, with targets, results and discrepancies.

    Results that were recorded after `as_of` are not shown: the card of a past day stays what it
    was on that day.
    """
    card = (
        PledgeCard.objects.filter(code=code, as_of__lte=as_of)
        .prefetch_related("published", "milestones", "budget_lines", "indicators__targets")
        .first()
    )
    if card is None:
        raise NoCard(code)
    indicator = card.indicators.get()
    years = _years(indicator, as_of)
    published = {value.key: (value.text, value.number) for value in card.published.all()}
    found = proof.discrepancies(years=years, published=published, lines=_lines(card))
    return CardFigures(card, indicator, as_of, years, published, found)


def _years(indicator: Indicator, as_of: date) -> list[proof.YearFigure]:
    actuals = {}
    for actual in indicator.actuals.filter(as_of__lte=as_of).order_by("as_of"):
        actuals[actual.year] = actual
    return [
        proof.YearFigure(
            year=target.year,
            target=target.value,
            actual=actuals[target.year].value if target.year in actuals else None,
            target_text=target.text,
            actual_text=actuals[target.year].text if target.year in actuals else "",
        )
        for target in indicator.targets.all()
    ]


def _lines(card: PledgeCard) -> list[proof.DatedLine]:
    return [
        proof.DatedLine(
            topic=line.topic,
            where=str(MilestoneKind(line.kind).label),
            printed_date=line.printed_date,
            year=line.year,
            month=line.month,
            text=line.text,
        )
        for line in card.milestones.all()
    ]


def as_json(figures: CardFigures) -> dict[str, Any]:
    """The card for machines (contract: targets, total, budget, milestones, discrepancies).

    Money in won; `*_percent` and rates as numbers with one decimal, `*_exact` as fractions.
    """
    rate_published = figures.published.get("rate-total", ("", None))[1]
    target_published = figures.published.get("summary-target-total", ("", None))[1]
    return {
        "code": figures.card.code,
        "title": figures.card.title,
        "project": figures.card.project,
        "as_of": figures.card.as_of.isoformat(),
        "unit": figures.indicator.unit,
        "targets": {str(year.year): _year_json(year) for year in figures.years},
        "total": {
            "target_published": _number(target_published),
            "target_computed": figures.target_computed,
            "actual": figures.actual,
            "rate_published": _number(rate_published),
            "rate_computed": _number(proof.percent(figures.rate_computed, decimals=1)),
            "rate_computed_exact": _exact(figures.rate_computed),
        },
        "budget": {
            "unit": "won",
            "total": sum(figures.budget_by_year().values()),
            "by_year": {str(year): won for year, won in figures.budget_by_year().items()},
            "by_source": figures.budget_by_source(),
        },
        "milestones": [
            {
                "kind": line.kind,
                "date": f"{line.year}-{line.month:02}",
                "printed_date": line.printed_date,
                "group": line.group,
                "text": line.text,
            }
            for line in figures.card.milestones.all()
        ],
        "published": {key: text for key, (text, _) in figures.published.items()},
        "discrepancies": [vars(one) for one in figures.discrepancies],
    }


def _year_json(year: proof.YearFigure) -> dict[str, Any]:
    return {
        "target": year.target,
        "actual": year.actual,
        "rate_percent": _number(proof.percent(year.rate, decimals=1)),
        "rate_percent_card": _number(proof.percent(year.rate, decimals=0)),
        "rate_exact": _exact(year.rate),
        "target_text": year.target_text,
        "actual_text": year.actual_text,
    }


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else f"{value.numerator}/{value.denominator}"
