"""Proof of figures: what the paper prints against what its own rows add up to.

Pure: rows in, figures and discrepancies out. Rates are exact fractions; only the last step of a
page, a card or a file rounds them (one decimal in the portal, whole percent on the card).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


@dataclass(frozen=True)
class YearFigure:
    """Target and actual of one year; words stand where the county set no number."""

    year: int
    target: int | None
    actual: int | None
    target_text: str = ""
    actual_text: str = ""

    @property
    def rate(self) -> Fraction | None:
        return rate(self.actual, self.target)


@dataclass(frozen=True)
class DatedLine:
    """A line of one of the card's lists; lines of one `topic` tell of one event."""

    topic: str
    where: str
    printed_date: str
    year: int
    month: int
    text: str


@dataclass(frozen=True)
class Discrepancy:
    """Two things the card says, or says and does not add up to. Korean, for an official."""

    key: str
    title: str
    published: str
    against: str
    explanation: str


def rate(actual: int | None, target: int | None) -> Fraction | None:
    """actual / target as an exact fraction; None where either is missing or the target is 0."""
    if actual is None or not target:
        return None
    return Fraction(actual, target)


def percent(value: Fraction | None, *, decimals: int) -> Decimal | None:
    """`value` (a ratio) as percent, rounded half up once."""
    if value is None:
        return None
    exact = Decimal(value.numerator * 100) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def total_target(years: Iterable[YearFigure]) -> int:
    return sum(year.target for year in years if year.target is not None)


def total_actual(years: Iterable[YearFigure]) -> int:
    return sum(year.actual for year in years if year.actual is not None)


def discrepancies(
    *,
    years: list[YearFigure],
    published: Mapping[str, tuple[str, Decimal | None]],
    lines: list[DatedLine],
) -> list[Discrepancy]:
    """Every place where the card disagrees with itself.

    `published` maps a key to (text as printed, its number). Missing keys mean that the paper
    does not print that figure, and nothing is said about it.
    """
    found = [
        *_totals(years, published),
        *_rates(years, published),
        *_words(published),
        *_dates(lines),
    ]
    return [one for one in found if one is not None]


def _totals(
    years: list[YearFigure], published: Mapping[str, tuple[str, Decimal | None]]
) -> Iterable[Discrepancy | None]:
    computed = total_target(years)
    plan, summary = published.get("plan-total"), published.get("summary-target-total")
    if plan and plan[1] != computed:
        others = (
            f"{summary[0]}명(총괄표), {computed}명(연도별 합)"
            if summary
            else f"{computed}명(연도별 합)"
        )
        yield Discrepancy(
            "plan-total",
            "추진목표의 계가 다릅니다",
            plan[0],
            others,
            f"연차별 추진목표 표의 계는 {plan[0]}이지만 연도별 목표를 더하면 {computed}명입니다.",
        )
    if summary and summary[1] != computed:
        yield Discrepancy(
            "summary-target-total",
            "총괄표의 목표 계가 연도별 합과 다릅니다",
            f"{summary[0]}명",
            f"{computed}명",
            f"연도별 목표는 {_sum_in_words(years)}명입니다. "
            f"총괄표에는 {summary[0]}명으로 적혀 있습니다.",
        )


def _sum_in_words(years: list[YearFigure]) -> str:
    targets = [str(year.target) for year in years if year.target is not None]
    return f"{' + '.join(targets)} = {total_target(years)}"


def _rates(
    years: list[YearFigure], published: Mapping[str, tuple[str, Decimal | None]]
) -> Iterable[Discrepancy | None]:
    summary, printed = published.get("summary-target-total"), published.get("rate-total")
    if printed and summary and summary[1]:
        actual = total_actual(years)
        exact = percent(Fraction(actual) / Fraction(summary[1]), decimals=1)
        if exact is not None and exact != printed[1]:
            of_all = percent(rate(actual, total_target(years)), decimals=1)
            yield Discrepancy(
                "rate-total",
                "전체 이행률이 계산과 다릅니다",
                printed[0],
                f"{exact}%",
                f"{actual} ÷ {summary[0]} = {exact}%입니다. "
                f"연도별 합 {total_target(years)}명으로 나누면 {of_all}%입니다.",
            )
    for year in years:
        stated = published.get(f"rate-{year.year}")
        whole = percent(year.rate, decimals=0)
        if stated and whole is not None and whole != stated[1]:
            yield Discrepancy(
                f"rate-{year.year}",
                f"{year.year}년 이행률이 계산과 다릅니다",
                stated[0],
                f"{whole}%",
                f"{year.actual} ÷ {year.target}을 정수로 적으면 {whole}%입니다.",
            )


def _words(published: Mapping[str, tuple[str, Decimal | None]]) -> Iterable[Discrepancy]:
    plan, summary = published.get("goal-2023-plan"), published.get("goal-2023-summary")
    if plan and summary and plan[0] != summary[0]:
        yield Discrepancy(
            "goal-2023",
            "2023년 목표의 글이 두 표에서 다릅니다",
            plan[0],
            summary[0],
            "연차별 추진목표에는 전수조사가 함께 적혀 있고 총괄표에는 조례제정만 적혀 있습니다.",
        )


def _dates(lines: list[DatedLine]) -> Iterable[Discrepancy]:
    by_topic: dict[str, list[DatedLine]] = defaultdict(list)
    for line in lines:
        if line.topic:
            by_topic[line.topic].append(line)
    for topic, told in by_topic.items():
        first = told[0]
        other = next(
            (one for one in told if (one.year, one.month) != (first.year, first.month)), None
        )
        if other is not None:
            yield Discrepancy(
                f"date-{topic}",
                f"‘{first.text}’의 날짜가 두 곳에서 다릅니다",
                f"{first.printed_date} ({first.where})",
                f"{other.printed_date} ({other.where})",
                f"{first.where}: {first.text} · {other.where}: {other.text}",
            )
