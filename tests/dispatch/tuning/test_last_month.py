"""The last month on both sides equals what can be worked out by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.models import Case
from dispatch.tuning import last_month
from dispatch.tuning.budgets import FIELDS, Budgets
from dispatch.tuning.handling import Handling
from dispatch.tuning.last_month import Cost, Month, Tally
from monitoring.models import EvidenceDay, HouseholdState
from tests.dispatch.tuning.conftest import JUNE, put
from tests.reports.county import County

pytestmark = pytest.mark.django_db


def budgets(yellow: float, red: float, **own: float) -> Budgets:
    return Budgets({**dict.fromkeys(FIELDS), "yellow": yellow, "red": red, **own})


# By PlainRule: 0.32 is evidence above 3.125, 0.1 above 10; 0.5 above 2, 0.25 above 4.
NOW, MORE = budgets(0.32, 0.1), budgets(0.5, 0.1)


def look(user, rule, now, then=MORE):
    return last_month.look(user, rule=rule, now_is=NOW, then=then, now=now)


def test_the_last_whole_month(now):
    assert Month.before(now) == Month(JUNE, JUNE + timedelta(days=29))
    new_year = datetime(2026, 1, 1, 1, tzinfo=UTC)
    assert Month.before(new_year).first.isoformat() == "2025-12-01"


def test_counts_of_both_sides(official, rule, three, now):
    seen = look(official, rule, now)
    # Home 0: 5. 6. 03:00, 20:00 (seventeen hours later: a second one), 12. 6. 10:00 also red.
    # Home 1: 8. 6. 23:00 only above 2.
    assert seen.now == Tally(signals=3, red=1, night=1)
    assert seen.then == Tally(signals=4, red=1, night=2)
    assert (seen.homes, seen.judged, seen.share) == (3, 3, 1.0)


def test_who_is_still_learning_is_left_out_and_counted(official, rule, three, now):
    HouseholdState.objects.create(
        household=three[0], light="green", basis="fixed", days_learned=5, since=now, computed_at=now
    )
    seen = look(official, rule, now)
    assert (seen.homes, seen.judged, seen.learning) == (2, 2, 1)
    assert seen.now.signals == 0


def test_by_risk_group(official, rule, three, now):
    rows = {row.group: row for row in look(official, rule, now).groups}
    assert set(rows) == {"high", "general"}
    assert (rows["high"].homes, rows["general"].homes) == (1, 2)
    assert rows["high"].then == Tally(3, 1, 1)
    assert rows["general"].then == Tally(1, 0, 1)


def test_a_groups_own_number_moves_that_group_alone(official, rule, three, now):
    seen = look(official, rule, now, budgets(0.32, 0.1, red_high=0.3))
    assert seen.then == Tally(signals=3, red=3, night=1)
    assert [row.household for row in seen.changed] == [three[0]]


def test_the_homes_that_change(official, rule, three, now):
    (row,) = look(official, rule, now).changed
    assert row.household == three[1]
    assert (row.now.signals, row.then.signals) == (0, 1)
    assert row.first_at == datetime(2026, 6, 8, 14, tzinfo=UTC)  # 23:00 in Seoul


def test_a_silence_that_began_in_may_is_no_signal_of_june(official, rule, three, now):
    EvidenceDay.objects.filter(household_id=three[2].pk).delete()
    put(three[2], JUNE - timedelta(days=1), dict.fromkeys(range(12, 24), 5.0))
    put(three[2], JUNE, dict.fromkeys(range(12), 5.0))
    assert look(official, rule, now).now.signals == 3


def test_a_clerk_sees_the_own_township_and_an_outsider_nothing(
    clerk_baekhak, outsider, rule, three, now
):
    assert look(clerk_baekhak, rule, now).homes == 1
    assert look(clerk_baekhak, rule, now).changed == []
    assert look(outsider, rule, now).homes == 0


def test_evidence_of_another_rule_does_not_count(official, rule, three, now):
    rule.version = "plain-2"
    assert not look(official, rule, now).any_evidence


def test_hours_gained_for_a_case_that_needed_help(official, operator, responder, rule, three, now):
    # 12. 6. 10:00 is above 3.125 as well as above 2; an hour of 2.5 six hours before only above 2.
    row = EvidenceDay.objects.get(household_id=three[0].pk, day=JUNE + timedelta(days=11))
    row.delete()
    put(three[0], JUNE + timedelta(days=11), dict.fromkeys(range(4, 10), 2.5) | {10: 12.0})
    county = County(operator, responder)
    opened = datetime(2026, 6, 12, 2, tzinfo=UTC)  # 11:00
    case = county.case(three[0], "ems", at=opened, took=120, light="red")
    HouseholdState.objects.update(basis="learned")
    seen = look(official, rule, now)
    assert seen.opened == 1
    (found,) = seen.needed_help
    assert (found.case, found.gain, found.lost) == (case, 6, False)
    fewer = look(official, rule, now, budgets(0.05, 0.05))
    assert (fewer.needed_help[0].gain, fewer.needed_help[0].lost) == (None, True)
    assert Case.objects.count() == 1


def test_cost_follows_the_tally():
    known = Handling(handled=20, yellow=20, own_minutes=10.0, own_share=0.5)
    assert Cost.of(Tally(4, 1, 0), known) == Cost(people=2.5, minutes=25.0)
