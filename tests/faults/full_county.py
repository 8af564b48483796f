"""A county in which every part of the sweep has something to do at the same moment.

Each function sets up one trouble, so that it is due at `now` (in programme time) and not before.
"""

from datetime import timedelta
from typing import Any

from accounts.county_settings import change
from dispatch import actions, calls, engine, machine
from dispatch.engine import silences
from dispatch.models import CallAttempt, Case, NeighbourAsk
from dispatch.neighbours.actions import digest
from households.actions import ContactInput
from monitoring.models import FeedIncident
from tests.dispatch.world import set_light
from tests.faults.paper_company import PaperCompany
from tests.households.factories import make_household

MINUTE = timedelta(minutes=1)
NEIGHBOUR = "01077770000"


def home(light: str, at: Any, *, rests_on: tuple[str, ...] = (), **more: Any) -> Any:
    found = make_household(now=at, **more)
    set_light(found, light, now=at, rests_on=rests_on)
    return found


def opened(home: Any, at: Any) -> Case:
    """The case of a new light, whose calls are not yet due to the company."""
    silences.open_cases(at)
    return Case.objects.get(household=home)


def sweep(at: Any) -> engine.SweepReport:
    report = engine.sweep(now=at)
    assert report.clean, report
    return report


def hang_up(case: Case, at: Any) -> None:
    for attempt in CallAttempt.objects.filter(case=case, ended_at__isnull=True):
        calls.placed(attempt.pk, sid=str(attempt.sid), status="no-answer", now=at)


def something_of_everything(company: PaperCompany, *, operator: Any, responder: Any, now: Any):
    """The whole story; returns nothing: the tables are the story."""
    change(name="dispatch.calls_per_second", value=50.0, valid_from=now - 200 * MINUTE,
           by=operator, reason="시험", now=now - 200 * MINUTE)  # fmt: skip
    _desk_rungs(now)
    rung, silent, claimed, ringing = (home("red", now - 11 * MINUTE) for _ in range(4))
    sweep(now - 11 * MINUTE)
    _claims_that_run_out(claimed, operator, now)
    sweep(now - 8 * MINUTE)  # the operator's telephone rings for `rung`, and nobody hears of it
    hang_up(Case.objects.get(household=rung), now - 8 * MINUTE)
    actions.claim(case=Case.objects.get(household=rung), by=operator, now=now - 7 * MINUTE)
    company.ended[operator.phone] = "no-answer"
    _a_call_that_says_nothing(silent, company, operator, now)
    _a_call_taken_back(ringing, company, operator, now)
    _nobody_takes_it(operator, now)
    _a_visit_nobody_accepts(operator, responder, now)
    _feeds(now)
    _a_lost_rung(now)
    worse = home("yellow", now - 5 * MINUTE)
    opened(worse, now - 5 * MINUTE)
    set_light(worse, "red", now=now - timedelta(seconds=1))
    for light in ("yellow", "red"):
        home(light, now - timedelta(seconds=2))


def _desk_rungs(now: Any) -> None:
    """Two yellow cases nobody answered: the desk's turn is now."""
    unanswered = [home("yellow", now - 76 * MINUTE) for _ in range(2)]
    sweep(now - 76 * MINUTE)
    for case in Case.objects.filter(household__in=unanswered):
        hang_up(case, now - 75 * MINUTE)
        for step in case.steps.filter(kind="ai_call", state="pending"):
            step.state, step.finished_at, step.result = "done", now - 10 * MINUTE, "not_reached"
            step.save()
        Case.objects.filter(pk=case.pk, state="ai_call").update(next_action_at=now)
        # Not before: the sweeps on the way here leave it alone.
        case.steps.filter(kind="desk").update(due_at=now)


def _claims_that_run_out(home: Any, operator: Any, now: Any) -> None:
    case = Case.objects.get(household=home)
    hang_up(case, now - 10 * MINUTE)
    actions.stop_ai(case=case, by=operator, now=now - 10 * MINUTE)
    actions.claim(case=case, by=operator, now=now - 10 * MINUTE)


def _a_call_that_says_nothing(home: Any, company: PaperCompany, operator: Any, now: Any) -> None:
    company.ended[home.phone] = "no-answer"
    actions.claim(case=Case.objects.get(household=home), by=operator, now=now - 1 * MINUTE)


def _a_call_taken_back(home: Any, company: PaperCompany, operator: Any, now: Any) -> None:
    """An operator has just taken the case: its ringing call is to be hung up."""
    company.ended[home.phone] = "ringing"
    just_now = now - timedelta(seconds=1)
    actions.claim(case=Case.objects.get(household=home), by=operator, now=just_now)


def _nobody_takes_it(operator: Any, now: Any) -> None:
    """Waits for four minutes: its first telephone of staff and its first reminder are due."""
    case = opened(home("red", now - 4 * MINUTE), now - 4 * MINUTE)
    actions.stop_ai(case=case, by=operator, now=now - 3 * MINUTE)


def _a_visit_nobody_accepts(operator: Any, responder: Any, now: Any) -> None:
    """Passed on to the next of the rota; and a neighbour is to be asked."""
    friend = ContactInput(name="이웃", relation="neighbour", phone=NEIGHBOUR)
    case = opened(home("red", now - 9 * MINUTE, contacts=[friend]), now - 9 * MINUTE)
    actions.stop_ai(case=case, by=operator, now=now - 9 * MINUTE)
    actions.claim(case=case, by=operator, now=now - 8 * MINUTE)
    actions.send_responder(case=case, responder=responder, by=operator, now=now - 6 * MINUTE)
    NeighbourAsk.objects.create(
        case=case,
        contact=case.household.contacts.get(),
        token_hash=digest("neighbour"),
        token="neighbour",
        asked_at=now - timedelta(seconds=1),
        asked_by=operator,
        expires_at=now + 60 * MINUTE,
    )


def _feeds(now: Any) -> None:
    """Power falls silent and holds a case; telephone lines are back, and one is looked at again."""
    of_power = home("yellow", now - 3 * MINUTE, rests_on=("power",))
    of_lines = home("yellow", now - 3 * MINUTE, rests_on=("telecom",))
    opened(of_power, now - 3 * MINUTE)
    case = Case.objects.get(household=of_lines)
    late = {"kind": "late", "first_hour": now - 60 * MINUTE, "opened_at": now - 2 * MINUTE}
    over = FeedIncident.objects.create(feed="telecom", **late)
    machine.hold(case, over, until=now + 300 * MINUTE, now=now - 2 * MINUTE)
    over.last_hour, over.closed_at = over.first_hour, now - timedelta(seconds=1)
    over.save()
    FeedIncident.objects.create(feed="power", **late)


def _a_lost_rung(now: Any) -> None:
    """As no write of ours leaves one: running, its lease over, without a call."""
    case = opened(home("yellow", now - 2 * MINUTE), now - 2 * MINUTE)
    step = case.steps.order_by("seq").first()
    assert step is not None
    step.state, step.lease_until = "running", now - MINUTE
    step.started_at = now - 2 * MINUTE
    step.save()
