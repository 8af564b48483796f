"""Drills as the page lists them: how long each took, apart from the figures of the programme."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, Q

from dispatch.models import Case
from dispatch.rules import EventKind

SHOWN = 50


@dataclass(frozen=True)
class DrillRow:
    uid: str
    number: str
    opened_at: datetime
    state: str
    to_claim: timedelta | None
    to_call: timedelta | None
    to_visit: timedelta | None
    to_close: timedelta | None


def rows() -> list[DrillRow]:
    """The latest drills; times run from the opening. One query."""
    cases = (
        Case.objects.filter(drill=True)
        .annotate(
            claimed=_first(EventKind.CLAIMED),
            called=_first(EventKind.CALL_RECORDED, EventKind.DESK_CALL),
            sent=_first(EventKind.VISIT_ASSIGNED),
        )
        .order_by("-opened_at", "-id")[:SHOWN]
    )
    return [
        DrillRow(
            uid=str(case.uid),
            number=case.number,
            opened_at=case.opened_at,
            state=str(case.get_state_display()),
            to_claim=_since(case, case.claimed),
            to_call=_since(case, case.called),
            to_visit=_since(case, case.sent),
            to_close=_since(case, case.closed_at),
        )
        for case in cases
    ]


def _first(*kinds: EventKind) -> Min:
    return Min("events__at", filter=Q(events__kind__in=[kind.value for kind in kinds]))


def _since(case: Case, at: datetime | None) -> timedelta | None:
    return at - case.opened_at if at else None
