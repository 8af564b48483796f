"""What the floor below announces, written into the open case in the same transaction."""

from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.dispatch import receiver

from accounts import clock
from accounts.actions.sessions import sessions_killed
from accounts.models import User
from dispatch import machine, telling
from dispatch.field import keys
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


@receiver(user_logged_out, dispatch_uid="dispatch.cards_end_with_the_session")
@receiver(sessions_killed, dispatch_uid="dispatch.cards_end_with_all_sessions")
def end_cards(sender: object, *, user: User | None, request: Any = None, **others: Any) -> None:
    """Whoever signs out, on whatever page or machine, or is signed out everywhere, leaves no card
    on a phone. Being idle is not signing out: a responder drives for half an hour with the phone
    in the pocket and needs the address at the door."""
    if user is not None and getattr(request, "signed_out_why", "") != "idle":
        keys.end_cards(user=user, now=clock.now())
