"""Offers that can still be accepted."""

from typing import Any

from django.db.models import F, Prefetch, QuerySet

from dispatch.models import Handover, HandoverState, Visit
from dispatch.rules import CaseState


def standing_offers(user: Any) -> QuerySet[Handover]:
    """Offers to this person whose case is still open and still the giver's."""
    return (
        all_standing_offers()
        .filter(taker=user)
        .select_related("giver", "case__household__township", "case__owner")
        .prefetch_related(open_visits("case__visits"))
    )


def all_standing_offers() -> QuerySet[Handover]:
    """The same for everybody."""
    offered = Handover.objects.filter(state=HandoverState.OFFERED, case__owner=F("giver"))
    return offered.exclude(case__state=CaseState.CLOSED)


def open_visits(path: str) -> Any:
    """One query for all cases; a queue of ten costs what a queue of one does."""
    visits = Visit.objects.open().select_related("responder")
    return Prefetch(path, queryset=visits, to_attr="open_visits")
