"""Giving and withdrawing consent. Withdrawal takes effect in the transaction that records it."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from households import signals
from households.actions._common import lock_for, log_change
from households.actions.inputs import ConsentInput
from households.consent_texts import CONSENT_TEXTS, VERSION
from households.days import day_start, local_day
from households.models import Consent, ConsentMethod, Household, Purpose
from households.rules import WRITERS, EndReason, Refused, State

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def give_consent(
    *, household: Household, consent: ConsentInput, by: "User", now: datetime
) -> Consent:
    """Record one consent. `Refused` when one stands already or the day cannot be right."""
    household = lock_for(household, by=by, roles=frozenset(WRITERS), now=now)
    row = record_consent(household, consent, by=by, now=now)
    log_change(household, by=by, now=now, what="consent_given", purpose=consent.purpose)
    return row


def record_consent(
    household: Household, consent: ConsentInput, *, by: "User", now: datetime
) -> Consent:
    """The row itself, without lock and log, for verbs that hold the household already."""
    if consent.purpose not in CONSENT_TEXTS or consent.method not in ConsentMethod.values:
        raise Refused(_("동의의 종류와 방법을 골라 주세요."))
    earlier = household.consents.filter(purpose=consent.purpose)
    if earlier.filter(withdrawn_at__isnull=True).exists():
        raise Refused(_("이미 동의한 것으로 적혀 있습니다."))
    today = local_day(now)
    if consent.on > today:
        raise Refused(_("동의한 날이 오늘보다 뒤입니다."))
    given_at = now if consent.on == today else day_start(consent.on)
    if earlier.filter(withdrawn_at__gt=given_at).exists():
        raise Refused(_("앞서 동의를 거둔 때보다 빠른 날입니다. 새로 동의한 날을 적어 주세요."))
    return Consent.objects.create(
        household=household,
        purpose=consent.purpose,
        recipient=CONSENT_TEXTS[consent.purpose].recipient,
        given_at=given_at,
        method=consent.method,
        text_version=VERSION,
        recorded_at=now,
        recorded_by=by,
    )


@transaction.atomic
def withdraw_consent(
    *, household: Household, purpose: str, by: "User", now: datetime
) -> list[Consent]:
    """Withdraw one consent at once; returns the rows withdrawn.

    Without the consent to hold name and number (collection) nothing can go on: all others are
    withdrawn with it and the enrolment ends. Withdrawing the health consent empties the health
    notes here. What other floors hold they drop on `signals.consent_withdrawn`, sent per consent
    inside this transaction. `Refused` when none stands (also on a second click).
    """
    household = lock_for(household, by=by, roles=frozenset(WRITERS), now=now)
    standing = household.consents.standing()
    if not standing.filter(purpose=purpose).exists():
        raise Refused(_("거둘 동의가 없습니다. 이미 거두었거나 동의한 적이 없습니다."))
    if purpose != Purpose.COLLECTION:
        standing = standing.filter(purpose=purpose)
    withdrawn = [_withdraw(household, row, by=by, now=now) for row in standing]
    if purpose == Purpose.COLLECTION:
        _leave_programme(household, by=by, now=now)
    return withdrawn


def _withdraw(household: Household, row: Consent, *, by: "User", now: datetime) -> Consent:
    row.withdrawn_at = now
    row.withdrawn_by = by
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    if row.purpose == Purpose.HEALTH and household.illness:
        household.illness = ""
        household.save(update_fields=["illness"])
    log_change(household, by=by, now=now, what="consent_withdrawn", purpose=row.purpose)
    signals.consent_withdrawn.send(
        sender=Consent, household=household, purpose=row.purpose, consent=row, by=by, now=now
    )
    return row


def _leave_programme(household: Household, *, by: "User", now: datetime) -> None:
    from households.actions.enrolling import end

    if household.enrolment.state != State.ENDED:
        end(household=household, reason=EndReason.WITHDREW, by=by, now=now)
