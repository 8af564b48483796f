"""The times of a case come from its log."""

from datetime import timedelta

import pytest

from dispatch import actions, times
from dispatch.models import Case
from tests.dispatch.world import MINUTE, set_light, set_lights, sweep
from yeoncheon_portal.bench import county

pytestmark = pytest.mark.django_db


def test_each_step_of_a_case_has_its_time(home, now, quiet_line, operator, responder):
    set_light(home, "red", now=now - timedelta(seconds=30))
    sweep(now)
    case = Case.objects.get()
    actions.claim(case=case, by=operator, now=now + MINUTE)
    visit = actions.send_responder(
        case=case, responder=responder, by=operator, now=now + 5 * MINUTE
    )
    for verb, minute in (("accept_visit", 6), ("depart", 7), ("arrive", 25)):
        getattr(actions, verb)(visit=visit, by=responder, now=now + minute * MINUTE)
    actions.record_found(
        visit=visit, by=responder, found_state="met_safe", note="", now=now + 26 * MINUTE
    )
    actions.close(
        case=case, by=operator, reason="fine", evidence_kind="seen", note="", now=now + 30 * MINUTE
    )
    (found,) = times.case_times([case.pk])
    assert (found.detect, found.first_try, found.human) == (30, 0, 60)
    assert (found.dispatch, found.on_site, found.safe) == (300, 1200, 1800)


def test_a_month_has_medians_and_never_an_average(db, now, quiet_line, operator):
    set_lights(county.build(11, now=now), "red", now=now)
    sweep(now)
    for number, case in enumerate(Case.objects.order_by("id")):
        actions.claim(case=case, by=operator, now=now + number * MINUTE)
    drill = Case.objects.order_by("id").last()
    Case.objects.filter(pk=drill.pk).update(drill=True)
    rows = {r.name: r for r in times.monthly(since=now, until=now + MINUTE, light="red")}
    assert (rows["human"].n, rows["human"].median, rows["human"].p90) == (10, 270, 486)
    assert (rows["safe"].n, rows["safe"].median) == (0, None)
    empty = times.monthly(since=now + MINUTE, until=now + 2 * MINUTE)
    assert [row.n for row in empty] == [0] * 6
