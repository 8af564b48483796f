"""What the floor below announces, written into the open case in the same transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from accounts.models import User
from dispatch import machine, telling
from dispatch.models import Case
from dispatch.rules import AskReason, EventKind
from households import signals
from households.models import Household
from households.rules import WATCHED_STATES


@receiver(signals.consent_withdrawn, dispatch_uid="dispatch.consent_withdrawn")
@transaction.atomic
def tell_open_case(
    sender: object,
    *,
    household: Household,
    purpose: str,
    by: User | None,
    now: datetime,
    **others: Any,
) -> None:
    """The feed stops at once (monitoring sees to it); the open case stays and its owner is told."""
    standing = Case.objects.open().filter(household=household).first()
    if standing is None:
        return
    case = machine.lock(standing.pk)
    if not case.is_open:
        return
    data = {"purpose": purpose}
    machine.log(case, EventKind.CONSENT_WITHDRAWN, now=now, by=by, data=data)
    telling.tell_owner(case, "dispatch.consent_withdrawn", now=now)


@receiver(signals.enrolment_changed, dispatch_uid="dispatch.enrolment_changed")
@transaction.atomic
def stop_calling(
    sender: object, *, household: Household, to_state: str, now: datetime, **others: Any
) -> None:
    """Nobody whose service was paused or ended (a move, a death) is telephoned by a machine.

    The open case stays: a person decides what it still needs.
    """
    if to_state in WATCHED_STATES:
        return
    standing = Case.objects.open().filter(household=household).first()
    if standing is None:
        return
    case = machine.lock(standing.pk)
    if case.is_open:
        machine.cancel_calls(case, now=now)
        machine.ask_human(case, reason=AskReason.NOT_WATCHED, now=now)
        telling.tell_owner(case, "dispatch.not_watched", now=now)
