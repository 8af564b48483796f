"""Closing reasons come back as hints, in the transaction that closes."""

from datetime import timedelta

import pytest

from dispatch import actions, suggesting
from dispatch.rules import CLOSE_GROUPS, CloseReason, Refused
from households.actions import plan_absence
from households.models import Household
from monitoring.models import Suggestion
from tests.households.factories import make_household
from tests.reports.county import County

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(now) -> Household:
    return make_household(now=now)


@pytest.fixture
def claimed(home, operator, responder, now):
    return County(operator, responder).case(home, "owned", at=now)


def close(case, operator, reason, now):
    return actions.close(
        case=case, by=operator, reason=reason, evidence_kind="spoke", note="", now=now
    )


def kinds(home) -> list[str]:
    return sorted(Suggestion.objects.filter(household=home).values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("outing", "absence"),
        ("hospital", "absence"),
        ("relatives", "absence"),
        ("work", "absence"),
        ("phone", "phone_change"),
        ("app", "phone_change"),
        ("meter", "meter_ticket"),
        ("solar_heater", "meter_ticket"),
    ],
)
def test_a_reason_proposes_one_thing(claimed, home, operator, now, reason, kind):
    close(claimed, operator, reason, now)
    found = Suggestion.objects.get()
    assert (found.kind, found.household, found.source) == (kind, home, claimed.uid)
    assert (found.state, found.made_at) == ("open", now)


def test_every_other_reason_proposes_nothing():
    proposing = set(suggesting.SUGGESTED)
    silent = {code for _label, codes in CLOSE_GROUPS.values() for code in codes} - proposing
    assert silent == {
        "sleep",
        "power_cut",
        "data_late",
        "moved",
        "fine",
        "illness",
        "fall",
        "alcohol",
        "self_harm",
        "livelihood",
        "death",
        "duplicate",
        "test",
        "setting",
    }


def test_a_wrong_number_on_the_way_is_remembered(claimed, home, operator, now):
    actions.record_call(case=claimed, by=operator, result="bad_number", now=now)
    close(claimed, operator, CloseReason.SLEEP.value, now)
    assert kinds(home) == ["phone_change"]


def test_a_relatives_wrong_number_is_not_the_persons(claimed, home, operator, now):
    actions.record_call(case=claimed, by=operator, result="bad_number", callee="c-1", now=now)
    close(claimed, operator, CloseReason.FINE.value, now)
    assert kinds(home) == []


def test_an_absence_that_is_entered_already_is_not_proposed(claimed, home, operator, now):
    plan_absence(
        household=home,
        starts_at=now,
        ends_at=now + timedelta(days=2),
        kind="travel",
        source="self",
        by=operator,
        now=now,
    )
    close(claimed, operator, "outing", now)
    assert kinds(home) == []


def test_the_same_hint_stands_once(home, operator, responder, now):
    county = County(operator, responder)
    for hour in (0, 5):
        county.case(home, "spoke", at=now + timedelta(hours=hour), took=10)
    assert kinds(home) == ["absence"]


def test_a_refused_close_leaves_no_hint(claimed, home, operator2, now):
    with pytest.raises(Refused):
        close(claimed, operator2, "outing", now)
    assert kinds(home) == []


def test_a_drill_teaches_nothing(home, operator, responder, now):
    case = County(operator, responder).case(home, "drill", at=now)
    case = actions.claim(case=case, by=operator, now=now)
    close(case, operator, "outing", now)
    assert kinds(home) == []
