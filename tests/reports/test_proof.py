"""What the card says, what its rows say, and where the two differ."""

from decimal import Decimal
from fractions import Fraction

from reports import proof

YEARS = [
    proof.YearFigure(2023, None, None, "조례제정 전수조사", "조례제정"),
    proof.YearFigure(2024, 180, 188),
    proof.YearFigure(2025, 190, None),
    proof.YearFigure(2026, 200, None),
]
PUBLISHED = {
    "plan-total": ("30명", Decimal(30)),
    "summary-target-total": ("380", Decimal(380)),
    "rate-total": ("50%", Decimal(50)),
    "rate-2024": ("104%", Decimal(104)),
}


def test_a_rate_is_exact_until_it_is_shown():
    assert YEARS[1].rate == Fraction(188, 180)
    assert proof.percent(YEARS[1].rate, decimals=1) == Decimal("104.4")
    assert proof.percent(YEARS[1].rate, decimals=0) == Decimal("104")


def test_half_is_rounded_up_as_on_paper():
    assert proof.percent(Fraction(1045, 1000), decimals=0) == Decimal("105")


def test_a_year_without_result_has_no_rate():
    assert YEARS[2].rate is None


def test_a_goal_in_words_counts_nothing():
    assert YEARS[0].rate is None
    assert proof.total_target(YEARS) == 570


def test_thirty_stands_against_380_and_570():
    found = {
        one.key: one for one in proof.discrepancies(years=YEARS, published=PUBLISHED, lines=[])
    }
    assert found["plan-total"].published == "30명"
    assert "380" in found["plan-total"].against
    assert "570" in found["plan-total"].against


def test_380_stands_against_the_sum_570():
    found = {
        one.key: one for one in proof.discrepancies(years=YEARS, published=PUBLISHED, lines=[])
    }
    assert "180 + 190 + 200 = 570" in found["summary-target-total"].explanation


def test_fifty_percent_stands_against_49_5():
    found = {
        one.key: one for one in proof.discrepancies(years=YEARS, published=PUBLISHED, lines=[])
    }
    assert found["rate-total"].against == "49.5%"


def test_a_rate_that_is_right_is_no_discrepancy():
    keys = {one.key for one in proof.discrepancies(years=YEARS, published=PUBLISHED, lines=[])}
    assert "rate-2024" not in keys


def test_one_event_with_two_dates_is_told():
    lines = [
        proof.DatedLine("ordinance", "주요 추진절차", "'23.03", 2023, 3, "관련 조례 제정"),
        proof.DatedLine("ordinance", "그간 주요 추진실적", "2023. 2.", 2023, 2, "조례 제정"),
        proof.DatedLine("agreement", "주요 추진절차", "'23.07", 2023, 7, "업무협약"),
        proof.DatedLine("agreement", "그간 주요 추진실적", "2023. 7.", 2023, 7, "업무 협약체결"),
    ]
    found = proof.discrepancies(years=YEARS, published={}, lines=lines)
    assert [one.key for one in found] == ["date-ordinance"]
    assert "2023. 2." in found[0].against


def test_a_card_that_agrees_with_itself_has_no_discrepancy():
    published = {
        "summary-target-total": ("570", Decimal(570)),
        "rate-total": ("33%", Decimal("33.0")),
    }
    assert proof.discrepancies(years=YEARS, published=published, lines=[]) == []
