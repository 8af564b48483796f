"""The times of a case come from its log."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dispatch import actions, machine, opening, stages, times
from dispatch.models import Case
from dispatch.presenters import times as presenter
from tests.cast import sign_in
from tests.dispatch.world import MINUTE, set_light, set_lights, sweep
from yeoncheon_portal.bench import county

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


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
    assert (found.detect, found.first_try, found.claim, found.human) == (30, 0, 60, 60)
    assert (found.dispatch, found.on_site, found.safe) == (300, 1200, 1800)


def test_a_claim_counts_from_the_moment_people_were_asked(home, now, quiet_line, operator):
    """A yellow that the AI rings for half an hour is not late at the desk for that."""
    set_light(home, "yellow", now=now)
    sweep(now)
    set_light(home, "red", now=now + 30 * MINUTE)
    sweep(now + 30 * MINUTE)
    actions.claim(case=Case.objects.get(), by=operator, now=now + 31 * MINUTE)
    (found,) = times.case_times([Case.objects.get().pk])
    assert (found.claim, found.human) == (60, 31 * 60)


def test_of_a_drill_that_became_real_only_the_real_part_counts(home, now, quiet_line, operator):
    set_light(home, "red", now=now)
    sweep(now)
    case = Case.objects.get()
    Case.objects.filter(pk=case.pk).update(drill=True)
    actions.claim(case=case, by=operator, now=now + MINUTE)
    actions.release(case=case, by=operator, now=now + 2 * MINUTE)
    with transaction.atomic():
        opening.end_drill(machine.lock(case.pk), now=now + HOUR)
    actions.claim(case=case, by=operator, now=now + HOUR + 3 * MINUTE)
    (found,) = times.case_times([case.pk])
    assert (found.began_at, found.detect) == (now + HOUR, None)
    assert (found.claim, found.human) == (180, 180)


@pytest.fixture
def july(db, now, quiet_line, operator):
    """Eleven reds of July, claimed after 0, 1, … minutes; the last is a drill, and one of June
    that was a test (and is red again in July)."""
    homes = county.build(11, now=now)
    before = now - timedelta(days=20)
    set_lights(homes[:1], "red", now=before)
    sweep(before)
    first = actions.claim(case=Case.objects.get(), by=operator, now=before)
    actions.close(
        case=first, by=operator, reason="test", evidence_kind="none", note="시험", now=before
    )
    set_lights(homes[1:], "red", now=now)
    sweep(now)
    cases = list(Case.objects.open().order_by("id"))
    for number, case in enumerate(cases):
        actions.claim(case=case, by=operator, now=now + number * MINUTE)
    Case.objects.filter(pk=cases[-1].pk).update(drill=True)


def test_a_month_has_medians_and_never_an_average(july, now):
    since = now - timedelta(days=40)
    (month,) = times.by_month(
        since=since, until=now + MINUTE, now=now, light="red", limits={"human": (60, 300)}
    )
    assert (month.first_day, month.cases) == (date(2026, 7, 1), 10)
    human = month.stages["human"]
    assert (human.n, human.median, human.p90, human.within) == (10, 270, 480, (2, 6))
    assert (month.stages["safe"].n, month.stages["safe"].median) == (0, None)
    assert times.by_month(since=since, until=now + MINUTE, now=now, light="yellow") == []
    assert times.by_month(since=since, until=now + MINUTE, now=now, townships=[]) == []


def test_what_was_read_has_the_same_figures_as_the_month(july, now):
    (month,) = times.by_month(since=now - HOUR, until=now + MINUTE, now=now)
    cases = times.case_times(Case.objects.values_list("pk", flat=True))
    ours = times.spread("human", (one.human for one in cases if one.began_at >= now - HOUR))
    assert (ours.n, ours.median, ours.p90) == (10, 270, 480)
    assert (ours.median, ours.p90) == (month.stages["human"].median, month.stages["human"].p90)


@pytest.mark.parametrize("n", [1, 2, 4, 10, 11, 30])
def test_ninety_percent_really_lie_within_that_time(n):
    seconds = [float(one * one) for one in range(n, 0, -1)]
    found = times.spread("safe", seconds).p90
    assert found in seconds
    assert 10 * sum(one <= found for one in seconds) >= 9 * n
    assert 10 * sum(one < found for one in seconds) < 9 * n


def test_no_case_has_no_figure():
    assert times.spread("safe", []) == times.Spread("safe", 0, None, None)


def test_the_page_tells_months_stages_and_goals(july, now, operator, frozen_clock):
    frozen_clock.tick(HOUR)
    client = sign_in(Client(), operator)
    page = client.get("/times/").content.decode()
    for words in ("2026년 7월", "4분 30초", "8분", "1분 안 97.5%", "20% (2/10)", "못 지킴"):
        assert words in page, words
    assert "훈련 1건은 뺌" in page
    assert "아직 모으는 중" in page
    june = client.get("/times/?month=2026-06&light=red").content.decode()
    assert "시험·중복·설정 오류 1건은 뺌" in june
    assert "센 건 0건" in june
    assert client.get("/times/?month=x&light=x&township=1").status_code == 200


def test_every_number_of_the_page_opens_its_list(july, now, operator, frozen_clock):
    frozen_clock.tick(HOUR)
    client = sign_in(Client(), operator)
    found = presenter.page(now=now + HOUR, light="red", township="", month="")
    for row, numbers in ((found.chosen, (10, 1, 0)), (found.months[1], (0, 0, 1))):
        urls = (row.list_url, row.drills_url, row.nothing_url)
        assert (row.cases, row.drills, row.nothing) == numbers
        assert tuple(client.get(url).context["page"].paginator.count for url in urls) == numbers


def test_every_number_of_a_stage_opens_its_list(july, now, operator, frozen_clock):
    frozen_clock.tick(HOUR)
    client = sign_in(Client(), operator)
    found = presenter.page(now=now + HOUR, light="red", township="", month="")
    opened = {
        (stage.name, url): (n, client.get(url).context["page"].paginator.count)
        for stage in found.stages
        for n, url in [(stage.n, stage.url), *((g.missed, g.missed_url) for g in stage.goals)]
        if url
    }
    assert all(told == listed for told, listed in opened.values()), opened
    assert {8, 10} <= {told for told, _listed in opened.values()}
    cells = [cell for cell in found.chosen.cells if cell.n]
    listed = [client.get(one.url).context["page"].paginator.count for one in cells]
    assert listed == [cell.n for cell in cells] == [10, 2, 10, 10]


def test_the_list_of_the_late_holds_whoever_still_waits(home, now, quiet_line, frozen_clock):
    set_light(home, "red", now=now)
    sweep(now)
    frozen_clock.tick(HOUR)
    case = Case.objects.get()
    assert stages.among([case.pk], "claim-late-1", now=now + HOUR) == [case.pk]
    assert stages.among([case.pk], "claim-late-1", now=now + MINUTE) == []
    assert stages.among([case.pk], "claim", now=now + HOUR) == []


@pytest.mark.parametrize(
    "days", ["", "&opened_from=2026-07-01", "&opened_from=2025-06-01&opened_to=2026-07-01"]
)
def test_a_stage_is_asked_of_a_year_at_most(july, now, operator, days):
    answer = sign_in(Client(), operator).get(f"/cases/?stage=claim{days}")
    assert "1년 안으로 골라야" in answer.content.decode()
    assert answer.context["page"].paginator.count == 0


def test_two_queries_whatever_the_county_has(july, now):
    with CaptureQueriesContext(connection) as asked:
        presenter.page(now=now + MINUTE, light="", township="", month="")
    reading = [one for one in asked.captured_queries if "dispatch_case" in one["sql"]]
    assert len(reading) == 2


@pytest.mark.parametrize("role", ["clerk_jeongok", "responder", "partner_reviewer"])
def test_the_page_is_for_operators_and_officials(role, request, official):
    assert sign_in(Client(), official).get("/times/").status_code == 200
    other = sign_in(Client(), request.getfixturevalue(role))
    assert other.get("/times/").status_code == 403


def test_whoever_waits_beyond_the_goal_has_missed_it(home, now, quiet_line, operator, responder):
    """A red that nobody takes must not leave the month at 100 %."""
    set_light(home, "red", now=now)
    sweep(now)
    case = Case.objects.get()
    limits = {"claim": (60,), "on_site": (2700, 3600)}

    def late(at):
        (month,) = times.by_month(since=now - HOUR, until=now + HOUR, now=at, limits=limits)
        return tuple(month.stages[name].late for name in ("claim", "on_site"))

    assert late(now + MINUTE) == ((0,), (0, 0))
    assert late(now + 2 * MINUTE) == ((1,), (0, 0))
    page = presenter.page(now=now + 2 * MINUTE, light="", township="", month="")
    claim = page.stages[times.NAMES.index("claim")]
    assert (claim.n, claim.goals[0].share, claim.goals[0].met) == (0, "0% (0/1)", False)
    actions.claim(case=case, by=operator, now=now + 3 * MINUTE)
    assert late(now + 4 * MINUTE) == ((0,), (0, 0))  # counted where it came to
    sent = now + 5 * MINUTE
    visit = actions.send_responder(case=case, responder=responder, by=operator, now=sent)
    assert late(sent + 50 * MINUTE) == ((0,), (1, 0))
    actions.cancel_visit(visit=visit, by=operator, now=sent + 10 * MINUTE)
    assert late(sent + 90 * MINUTE) == ((0,), (0, 0))  # called back in time: nobody was late


@pytest.fixture
def sent(home, now, quiet_line, operator, responder):
    """A red case of `operator`, its visit decided five minutes after it was opened."""
    set_light(home, "red", now=now)
    sweep(now)
    case = actions.claim(case=Case.objects.get(), by=operator, now=now + MINUTE)
    at = now + 5 * MINUTE
    return actions.send_responder(case=case, responder=responder, by=operator, now=at)


def on_site(case):
    (found,) = times.case_times([case.pk])
    return found.dispatch, found.on_site


def arrive(visit, by, at):
    for verb, minutes in (("accept_visit", 2), ("depart", 1), ("arrive", 0)):
        getattr(actions, verb)(visit=visit, by=by, now=at - minutes * MINUTE)


def test_whoever_was_called_back_and_sent_again_has_a_new_decision(
    sent, now, operator, responder, responder2
):
    """Called back because the person answered; an hour later somebody was sent after all."""
    actions.cancel_visit(visit=sent, by=operator, now=now + 10 * MINUTE)
    again = actions.send_responder(
        case=sent.case, responder=responder2, by=operator, now=now + 70 * MINUTE
    )
    limits = {"on_site": (2700,)}
    months = times.by_month(
        since=now - HOUR, until=now + HOUR, now=now + 80 * MINUTE, limits=limits
    )
    assert months[0].stages["on_site"].late == (0,), "ten minutes on the way"
    months = times.by_month(
        since=now - HOUR, until=now + HOUR, now=now + 120 * MINUTE, limits=limits
    )
    assert months[0].stages["on_site"].late == (1,)
    arrive(again, responder2, now + 90 * MINUTE)
    assert on_site(sent.case) == (300, 20 * 60)


def test_passing_a_visit_on_is_the_same_decision(sent, now, responder, responder2):
    actions.decline_visit(visit=sent, by=responder, reason="far_away", now=now + 15 * MINUTE)
    following = sent.case.visits.get(responder=responder2)
    arrive(following, responder2, now + 40 * MINUTE)
    assert on_site(sent.case) == (300, 35 * 60)


def test_a_later_visit_does_not_change_when_somebody_first_stood_there(
    sent, now, operator, responder
):
    arrive(sent, responder, now + 25 * MINUTE)
    found = {"found_state": "absent_revisit", "note": ""}
    actions.record_found(visit=sent, by=responder, now=now + 30 * MINUTE, **found)
    again = actions.send_responder(
        case=sent.case, responder=responder, by=operator, now=now + 60 * MINUTE
    )
    arrive(again, responder, now + 65 * MINUTE)
    assert on_site(sent.case) == (300, 20 * 60)
