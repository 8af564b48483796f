"""Ask, open, answer. What a neighbour says is written and told; it never closes a case."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import twilio_client
from accounts.county_settings import setting
from accounts.models import User
from dispatch import machine, telling
from dispatch.actions.common import require_owner, require_role
from dispatch.models import Case, NeighbourAnswer, NeighbourAsk, SmsState
from dispatch.rules import CaseDo, EventKind, Refused
from households.models import Contact


@dataclass(frozen=True)
class Link:
    """The question and its address. The address is stored nowhere; repr does not show it. Empty
    when the same contact had been asked before and that link is still open."""

    ask: NeighbourAsk
    url: str = field(default="", repr=False)


def digest(token: str) -> str:
    """What is stored of a token. The token is 256 random bits, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def ask_neighbour(*, case: Case, contact: Contact, by: User, now: datetime) -> Link:
    """Send one contact of the person a link that is good for `dispatch.neighbour_minutes`.

    Only the owner of an open case. The same contact is asked once at a time: a second click gives
    the question that stands. Raises Refused where no message can be sent.
    """
    require_role(by, CaseDo.RECORD_CALL, now=now)
    case = machine.lock(case.pk)
    require_owner(case, by)
    if contact.household_id != case.household_id or contact.removed_at is not None:
        raise Refused(_("이 대상자의 연락처가 아닙니다."))
    standing = open_asks(case, now=now).filter(contact=contact).first()
    if standing is not None:
        return Link(standing)
    if not twilio_client.configured():
        raise Refused(_("문자를 보낼 수 없습니다. 연락처에 전화해 주세요."))
    token = secrets.token_urlsafe(32)
    ask = NeighbourAsk.objects.create(
        case=case,
        contact=contact,
        token_hash=digest(token),
        token=token,
        asked_at=now,
        asked_by=by,
        expires_at=now + timedelta(minutes=setting("dispatch.neighbour_minutes", at=now)),
    )
    data = {"ask": str(ask.uid), "contact": str(contact.uid), "relation": contact.relation}
    machine.log(case, EventKind.NEIGHBOUR_ASKED, now=now, by=by, data=data)
    return Link(ask, address(token))


def address(token: str) -> str:
    """The link as the neighbour gets it, on the portal's public address."""
    return twilio_client.public_url(reverse("dispatch:neighbour", args=[token]))


def open_asks(case: Case, *, now: datetime) -> QuerySet[NeighbourAsk]:
    return case.neighbour_asks.filter(answered_at__isnull=True, expires_at__gt=now).exclude(
        sms_state=SmsState.FAILED
    )


def find(token: str) -> NeighbourAsk | None:
    """The question behind a link, whatever became of it; None for a link that never was."""
    asks = NeighbourAsk.objects.select_related("case__household", "case__owner", "contact")
    return asks.filter(token_hash=digest(token)).first()


def is_open(ask: NeighbourAsk, *, now: datetime) -> bool:
    return ask.answered_at is None and now < ask.expires_at and ask.case.is_open


@transaction.atomic
def opened(*, ask: NeighbourAsk, now: datetime) -> None:
    """A person looked at the page. A preview of the link does not come here: it sends no form."""
    case = machine.lock(ask.case_id)
    fresh = NeighbourAsk.objects.get(pk=ask.pk)
    fresh.case = case
    if fresh.opened_at is not None or not is_open(fresh, now=now):
        return
    fresh.opened_at = now
    fresh.save(update_fields=["opened_at"])
    machine.log(case, EventKind.NEIGHBOUR_OPENED, now=now, data={"ask": str(fresh.uid)})


@transaction.atomic
def answer(*, ask: NeighbourAsk, said: str, now: datetime) -> NeighbourAsk:
    """What the neighbour pressed. The first answer stands; pressing again changes nothing.

    Raises Refused for a link that is too old or whose case is over.
    """
    if said not in NeighbourAnswer.values:
        raise Refused(_("두 단추 가운데 하나를 눌러 주세요."))
    case = machine.lock(ask.case_id)
    fresh = NeighbourAsk.objects.get(pk=ask.pk)
    fresh.case = case
    if fresh.answered_at is not None:
        return fresh
    if not is_open(fresh, now=now):
        raise Refused(_("이 링크는 기한이 지났습니다."))
    fresh.answered_at, fresh.answer = now, said
    fresh.opened_at = fresh.opened_at or now
    fresh.save(update_fields=["answered_at", "answer", "opened_at"])
    data = {"ask": str(fresh.uid), "said": said}
    machine.log(case, EventKind.NEIGHBOUR_SAID, now=now, data=data)
    well = said == NeighbourAnswer.SAW_WELL
    kind = "dispatch.neighbour_saw" if well else "dispatch.neighbour_could_not"
    if case.owner is not None:
        telling.tell_owner(case, kind, now=now)
    else:
        for person in telling.operators_now(now):
            telling.tell_person(person, kind, case, now=now)
    return fresh
