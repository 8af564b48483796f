"""Whether the time at which somebody was seen or heard can be evidence for closing a case.

What was seen before a silence was found explains nothing of it. Times are typed to the minute, so
both ends are compared by the minute.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from dispatch.machine import EVIDENCE_AT_MOST
from dispatch.models import Case
from dispatch.rules import (
    EVIDENCE_OF_FOUND,
    SEEN_OR_HEARD,
    CloseReason,
    EvidenceKind,
    FoundState,
    Refused,
)
from ui.words import clock_time, day

_MET = frozenset(
    {found for found, kind in EVIDENCE_OF_FOUND.items() if kind == EvidenceKind.SEEN}
    | {FoundState.MET_NEEDS_HELP, FoundState.EMS_119}
)


class UnfitTime(Refused):
    """The sentence belongs to the field of the time."""


def check_time(case: Case, *, reason: str, evidence_kind: str, at: datetime, now: datetime) -> None:
    """Raise UnfitTime unless the person can have been seen or heard at `at` for this case. A death
    may lie before the case, and a close without evidence says nothing of a time."""
    if at > now or at < now - EVIDENCE_AT_MOST:
        raise UnfitTime(_("확인한 때를 다시 봐 주세요. 앞날이거나 너무 오래전입니다."))
    if evidence_kind not in SEEN_OR_HEARD or reason == CloseReason.DEATH:
        return
    if at < _minute(case.opened_at):
        raise UnfitTime(
            _(
                "%(at)s은(는) 이 건이 열린 %(opened)s보다 앞섭니다. 건이 열린 뒤에 본인을 "
                "보거나 들은 시각을 적어 주세요. 그 뒤로 없다면 먼저 본인을 확인해 주세요."
            )
            % {"at": _told(at), "opened": _told(case.opened_at)}
        )
    arrived = _arrival(case) if evidence_kind == EvidenceKind.SEEN else None
    if arrived is not None and at < _minute(arrived):
        raise UnfitTime(
            _(
                "%(at)s은(는) 현장에 도착한 %(arrived)s보다 앞섭니다. "
                "도착한 뒤에 본인을 만난 시각을 적어 주세요."
            )
            % {"at": _told(at), "arrived": _told(arrived)}
        )


def _arrival(case: Case) -> datetime | None:
    """When the first responder who met the person stood at the door."""
    met = case.visits.filter(found_state__in=_MET, arrived_at__isnull=False)
    return met.order_by("arrived_at").values_list("arrived_at", flat=True).first()


def _minute(at: datetime) -> datetime:
    return at - timedelta(seconds=at.second, microseconds=at.microsecond)


def _told(at: datetime) -> str:
    return f"{day(at)} {clock_time(at)}"
