"""Planned silence: recording it, ending it early, announcing that it is over."""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from households import signals
from households.actions._common import lock_for, log_change
from households.models import Absence, AbsenceKind, AbsenceSource, Household
from households.rules import ABSENCE_WRITERS, Refused, State
from households.texts import refuse_resident_number

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)

# Longer than this is no absence: the enrolment is paused instead, so that nobody is forgotten.
LONGEST = timedelta(days=92)


@transaction.atomic
def plan_absence(
    *,
    household: Household,
    starts_at: datetime,
    ends_at: datetime,
    kind: str,
    source: str,
    by: "User",
    now: datetime,
    note: str = "",
) -> Absence:
    """Record when the person is away. The start may lie in the past (a neighbour tells it later).

    `Refused` when the times cannot be right or another absence overlaps.
    """
    household = lock_for(household, by=by, roles=frozenset(ABSENCE_WRITERS), now=now)
    refuse_resident_number(note)
    if kind not in AbsenceKind.values or source not in AbsenceSource.values:
        raise Refused(_("까닭과 알려 준 사람을 골라 주세요."))
    if household.enrolment.state == State.ENDED:
        raise Refused(_("가입이 끝난 대상자입니다."))
    _check_times(starts_at, ends_at, now)
    if household.absences.overlapping(starts_at, ends_at).exists():
        raise Refused(_("이미 적힌 부재와 날짜가 겹칩니다. 먼저 그 부재를 끝내 주세요."))
    row = Absence.objects.create(
        household=household,
        starts_at=starts_at,
        ends_at=ends_at,
        kind=kind,
        source=source,
        note=note,
        recorded_at=now,
        recorded_by=by,
    )
    log_change(household, by=by, now=now, what="absence_planned", absence=str(row.uid))
    return row


def _check_times(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= starts_at:
        raise Refused(_("돌아올 때가 떠날 때보다 뒤여야 합니다."))
    if ends_at <= now:
        raise Refused(_("돌아올 때가 이미 지났습니다."))
    if ends_at - starts_at > LONGEST:
        raise Refused(_("부재는 석 달까지 적을 수 있습니다. 더 길면 가입을 잠시 멈춰 주세요."))


@transaction.atomic
def end_absence(*, absence: Absence, by: "User", now: datetime) -> Absence:
    """The person is back early, or does not go at all. `Refused` when it is over already.

    One that has not begun is taken back: it then covers no time and nothing is announced.
    """
    household = lock_for(absence.household, by=by, roles=frozenset(ABSENCE_WRITERS), now=now)
    row = household.absences.get(pk=absence.pk)
    if row.ended_at is not None or row.ends_at <= now:
        raise Refused(_("이미 끝난 부재입니다."))
    row.ended_by = by
    _close(row, ended_at=now, early=True, now=now)
    log_change(household, by=by, now=now, what="absence_ended", absence=str(row.uid))
    return row


def _close(row: Absence, *, ended_at: datetime, early: bool, now: datetime) -> None:
    row.ended_at = ended_at
    row.save(update_fields=["ended_at", "ended_by"])
    if ended_at > row.starts_at:
        signals.absence_ended.send(
            sender=Absence, household=row.household, absence=row, early=early, now=now
        )


def announce_ended_absences(*, now: datetime) -> int:
    """Announce every absence whose planned end has passed, once; returns how many.

    Safe to call as often as one likes and from several workers: each row is claimed under a lock
    and marked in the transaction of its own announcement. A receiver that fails leaves its row for
    the next call and holds up none of the others.
    """
    due = Absence.objects.filter(ended_at__isnull=True, ends_at__lte=now)
    announced = 0
    for pk in list(due.values_list("pk", flat=True)):
        try:
            announced += _announce(pk, now=now)
        except Exception:
            log.exception("absence %s could not be announced", pk)
    return announced


@transaction.atomic
def _announce(pk: int, *, now: datetime) -> bool:
    row = (
        Absence.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("household")
        .filter(pk=pk, ended_at__isnull=True)
        .first()
    )
    if row is None:
        return False
    _close(row, ended_at=row.ends_at, early=False, now=now)
    return True
