"""Offer, accept, decline, take back. The case's lock is the lock of its offers."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.notify import notify
from accounts.roles import Role
from accounts.scope import roles_of
from dispatch import machine
from dispatch.actions.common import require_owner, require_role
from dispatch.models import Case, Handover, HandoverState
from dispatch.rules import CaseDo, CaseState, EventKind, Refused

PATH = "/handover/"


@transaction.atomic
def offer(*, case: Case, to: User, by: User, now: datetime, note: str = "") -> Handover:
    """Ask a colleague to take an owned case. It stays with its owner until they do.

    The same offer again is a second click; an offer to somebody else takes the place of the first.
    """
    require_role(by, CaseDo.HAND_OVER, now=now)
    case = machine.lock(case.pk)
    require_owner(case, by)
    if to.pk == by.pk:
        raise Refused(_("이미 본인이 맡고 있습니다. 다른 관제요원을 골라 주세요."))
    if Role.CONTROL_OPERATOR.value not in roles_of(to, now=now):
        raise Refused(_("관제요원에게만 넘겨줄 수 있습니다."))
    standing = case.handovers.filter(state=HandoverState.OFFERED).first()
    if standing is not None:
        if (standing.giver_id, standing.taker_id) == (by.pk, to.pk):
            return standing
        _decide(standing, HandoverState.WITHDRAWN, now=now)
    made = Handover.objects.create(
        case=case,
        giver=by,
        taker=to,
        offered_at=now,
        note=case.household.seal(note.strip()) if note.strip() else b"",
    )
    _renew(case, now=now)
    data = {"to": str(to.uid)}
    machine.log(case, EventKind.HANDOVER_OFFERED, now=now, by=by, data=data, note=note.strip())
    _tell(to, "dispatch.handover_offered", PATH, case, now=now)
    return made


@transaction.atomic
def accept(*, handover: Handover, by: User, now: datetime) -> Case:
    """Take the case by name: from now on it is theirs, with a fresh lease."""
    case, standing = _locked(handover)
    if standing.state == HandoverState.ACCEPTED and standing.taker_id == by.pk:
        return case
    is_elsewhere = not case.is_open or case.owner_id != standing.giver_id
    if is_elsewhere and standing.taker_id == by.pk:
        raise Refused(_("그사이 이 건의 담당이 바뀌었습니다. 대기 중이면 직접 맡아 주세요."))
    _require_taker(standing, by)
    require_role(by, CaseDo.HAND_OVER, now=now)
    machine.fire(case, CaseDo.HAND_OVER)
    case.owner = by
    _renew(case, now=now)
    case.save()
    _decide(standing, HandoverState.ACCEPTED, now=now)
    data = {"from": str(standing.giver.uid), "to": str(by.uid)}
    machine.log(case, EventKind.HANDED_OVER, now=now, by=by, data=data)
    _tell(standing.giver, "dispatch.handed_over", case.get_absolute_url(), case, now=now)
    return case


@transaction.atomic
def decline(*, handover: Handover, by: User, now: datetime) -> Handover:
    """Say no: the case stays where it is, and its owner is told at once."""
    case, standing = _locked(handover)
    if standing.state == HandoverState.DECLINED and standing.taker_id == by.pk:
        return standing
    _require_taker(standing, by)
    _decide(standing, HandoverState.DECLINED, now=now)
    machine.log(case, EventKind.HANDOVER_DECLINED, now=now, by=by)
    _tell(standing.giver, "dispatch.handover_declined", PATH, case, now=now)
    return standing


@transaction.atomic
def withdraw(*, handover: Handover, by: User, now: datetime) -> Handover:
    """Take an offer back before it was answered."""
    _case, standing = _locked(handover)
    if standing.state != HandoverState.OFFERED:
        return standing
    if standing.giver_id != by.pk:
        raise Refused(_("다른 사람이 넘기려는 건입니다."))
    _decide(standing, HandoverState.WITHDRAWN, now=now)
    return standing


def _locked(handover: Handover) -> tuple[Case, Handover]:
    case = machine.lock(handover.case_id)
    fresh = Handover.objects.select_related("giver", "taker").get(pk=handover.pk)
    return case, fresh


def _require_taker(handover: Handover, by: User) -> None:
    if handover.taker_id != by.pk:
        raise Refused(_("다른 사람에게 온 인계 요청입니다."))
    if handover.state != HandoverState.OFFERED:
        raise Refused(_("이미 답했거나 거두어들인 인계 요청입니다."))


def _renew(case: Case, *, now: datetime) -> None:
    if case.state == CaseState.CLAIMED:
        machine.renew_lease(case, now=now)
        case.save()


def _decide(handover: Handover, state: HandoverState, *, now: datetime) -> None:
    handover.state, handover.decided_at = state, now
    handover.save(update_fields=["state", "decided_at"])


def _tell(to: User, kind: str, path: str, case: Case, *, now: datetime) -> None:
    notify(
        to=to,
        kind=kind,
        link_path=path,
        now=now,
        subject_uid=str(case.household.uid),
        urgent=True,
    )
