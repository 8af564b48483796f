"""What is due on the road: a visit nobody accepted, a message to a neighbour."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from dispatch import machine
from dispatch.engine.tally import Tally
from dispatch.field import offering, passing
from dispatch.models import Case, Visit
from dispatch.neighbours import sending
from dispatch.rules import VisitState

LIMIT = 200
MESSAGES = 5
"""At most so many in one pass: each is a request to the telephone company."""


def pass_on(now: datetime) -> Tally:
    """A part of the sweep: every visit that was not accepted within the minutes of its case's plan
    is passed on, each in a transaction of its own."""
    tally = Tally()
    late = (
        Visit.objects.filter(state=VisitState.ASSIGNED, exhausted_at__isnull=True)
        .annotate(asked=Coalesce(F("offered_at"), F("assigned_at")))
        .filter(asked__lte=now - timedelta(minutes=1))
    )
    for visit_id, case_id in late.order_by("asked", "id").values_list("pk", "case_id")[:LIMIT]:
        if not tally.has_time:
            break
        with tally.row("pass_on"), transaction.atomic():
            if machine.lock_first(Case.objects.filter(pk=case_id)) is None:
                continue  # somebody is working on it: the next pass looks again
            visit = Visit.objects.select_related("responder").get(pk=visit_id)
            if visit.state != VisitState.ASSIGNED or visit.exhausted_at is not None:
                continue
            case = machine.lock(case_id)
            wait = offering.accept_within(case)
            if visit.asked_at + wait > now:
                continue
            passing.pass_visit(case, visit, now=now)
            tally.add(visit.asked_at + wait, now)
    return tally


def send_asks(now: datetime) -> Tally:
    """A part of the sweep: send neighbours their links."""
    tally = Tally()
    for _turn in range(MESSAGES):
        if not tally.has_time:  # each request may take ten seconds
            break
        ask = sending.claim(now)
        if ask is None:
            break
        with tally.row("neighbour"):
            sending.send(ask, now)
            tally.add(ask.asked_at, now)
    return tally
