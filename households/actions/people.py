"""What is known about a person: corrections, contacts, risk group, and looking behind the mask."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import audit
from households.actions._common import lock_for, log_change, require_township
from households.actions.inputs import ContactInput
from households.indexes import contact_phone_index, phone_index
from households.models import (
    Contact,
    ContactHours,
    Household,
    MayBeTold,
    Purpose,
    Relation,
    RiskAssessment,
    RiskGroup,
)
from households.rules import REVEALERS, WRITERS, Refused, RevealReason
from households.texts import clean_name, clean_phone, refuse_resident_number

if TYPE_CHECKING:
    from accounts.models import Township, User


@dataclass(frozen=True, kw_only=True)
class Correction:
    """New values; None leaves the old one, "" empties it where it may be empty."""

    phone: str | None = None
    address: str | None = None
    access_note: str | None = None
    dog: str | None = None
    illness: str | None = None
    township: "Township | None" = None


@transaction.atomic
def correct(
    *, household: Household, correction: Correction, by: "User", now: datetime
) -> list[str]:
    """Correct what is recorded (개인정보 보호법 36조); returns the names of the changed fields.

    A move to another township needs a clerk who is responsible for the old one.
    """
    household = lock_for(household, by=by, roles=frozenset(WRITERS), now=now)
    wanted = {name: value for name, value in vars(correction).items() if value is not None}
    refuse_resident_number(*(value for value in wanted.values() if isinstance(value, str)))
    if "phone" in wanted:
        wanted["phone"] = clean_phone(wanted["phone"])
        _refuse_taken_phone(household, wanted["phone"])
    if "address" in wanted and not wanted["address"].strip():
        raise Refused(_("주소를 비워 둘 수 없습니다."))
    if wanted.get("illness") and not _agreed(household, Purpose.HEALTH):
        raise Refused(_("건강 정보는 본인이 동의했을 때만 적을 수 있습니다."))
    changed = [name for name, value in wanted.items() if getattr(household, name) != value]
    for name in changed:
        setattr(household, name, wanted[name])
    household.phone_index = phone_index(household.phone)
    household.save()
    if changed:
        log_change(household, by=by, now=now, what="corrected", fields=",".join(sorted(changed)))
    return changed


def _refuse_taken_phone(household: Household, phone: str) -> None:
    others = Household.objects.exclude(pk=household.pk)
    if others.filter(phone_index=phone_index(phone)).exists():
        raise Refused(_("다른 대상자가 쓰는 전화번호입니다."))


def _agreed(household: Household, purpose: str) -> bool:
    return household.consents.standing().filter(purpose=purpose).exists()


@transaction.atomic
def add_contact(
    *, household: Household, contact: ContactInput, by: "User", now: datetime
) -> Contact:
    """Add an emergency contact. `Refused` for a number this household has already."""
    household = lock_for(household, by=by, roles=frozenset(WRITERS), now=now)
    row = record_contact(household, contact, by=by, now=now)
    log_change(household, by=by, now=now, what="contact_added", contact=str(row.uid))
    return row


def record_contact(
    household: Household, contact: ContactInput, *, by: "User", now: datetime
) -> Contact:
    """The row itself, without lock and log, for verbs that hold the household already."""
    refuse_resident_number(contact.name)
    name, phone = clean_name(contact.name), clean_phone(contact.phone)
    known = (
        contact.relation in Relation.values
        and contact.may_be_told in MayBeTold.values
        and contact.hours in ContactHours.values
    )
    if not name or not known:
        raise Refused(_("비상연락처의 이름과 관계를 적어 주세요."))
    index = contact_phone_index(phone)
    if household.contacts.current().filter(phone_index=index).exists():
        raise Refused(_("이미 적힌 비상연락처입니다."))
    if phone == household.phone:
        raise Refused(_("본인 전화번호입니다. 다른 사람의 번호를 적어 주세요."))
    return Contact.objects.create(
        household=household,
        name=name,
        phone=phone,
        phone_index=index,
        relation=contact.relation,
        may_be_told=contact.may_be_told,
        hours=contact.hours,
        added_at=now,
        added_by=by,
    )


@transaction.atomic
def remove_contact(*, contact: Contact, by: "User", now: datetime) -> Contact:
    """Nobody calls this number any more. `Refused` when it was removed already."""
    household = lock_for(contact.household, by=by, roles=frozenset(WRITERS), now=now)
    row = household.contacts.current().filter(pk=contact.pk).first()
    if row is None:
        raise Refused(_("이미 지운 비상연락처입니다."))
    row.removed_at = now
    row.save(update_fields=["removed_at"])
    log_change(household, by=by, now=now, what="contact_removed", contact=str(row.uid))
    return row


@transaction.atomic
def set_risk_group(
    *,
    household: Household,
    group: str,
    from_date: date,
    reason: str,
    by: "User",
    now: datetime,
) -> RiskAssessment:
    """Record the survey's group, in force from a day on. Older assessments stay as they are."""
    household = lock_for(household, by=by, roles=frozenset(WRITERS), now=now)
    refuse_resident_number(reason)
    if group not in RiskGroup.values or not reason.strip():
        raise Refused(_("위험군과 이유를 적어 주세요."))
    latest = household.risk_assessments.order_by("-from_date", "-id").first()
    if latest is not None and (latest.group, latest.from_date) == (group, from_date):
        raise Refused(_("이미 같은 위험군으로 적혀 있습니다."))
    row = RiskAssessment.objects.create(
        household=household,
        group=group,
        from_date=from_date,
        reason=reason.strip(),
        by=by,
        recorded_at=now,
    )
    log_change(household, by=by, now=now, what="risk_group_set", group=group, since=from_date)
    return row


@dataclass(frozen=True, kw_only=True)
class Revealed:
    """Unmasked words, for one answer to one request. Never stored, never logged."""

    name: str
    birth_date: date
    phone: str
    address: str
    access_note: str
    dog: str
    illness: str
    contacts: list[Contact]


@transaction.atomic
def reveal(
    *,
    household: Household,
    reason: str,
    by: "User",
    now: datetime,
    request: HttpRequest | None = None,
) -> Revealed:
    """Show a person unmasked. `reason` is a `RevealReason` value; the look is logged with it."""
    require_township(by, township_id=household.township_id, roles=frozenset(REVEALERS), now=now)
    if reason not in RevealReason.values:
        raise Refused(_("보는 까닭을 골라 주세요."))
    audit.record(
        actor=by,
        action="revealed",
        subject_kind="household",
        subject_uid=str(household.uid),
        now=now,
        request=request,
        reason=str(RevealReason(reason).label),
        detail={"fields": ["name", "birth_date", "phone", "address", "notes", "contacts"]},
    )
    return Revealed(
        name=household.name,
        birth_date=household.birth_date,
        phone=household.phone,
        address=household.address,
        access_note=household.access_note,
        dog=household.dog,
        illness=household.illness,
        contacts=list(household.contacts.current()),
    )
