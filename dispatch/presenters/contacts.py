"""Contacts in the order in which they may be called now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dispatch.forms import new_key
from dispatch.models import Case
from dispatch.presenters import people
from households.models import Contact, ContactHours
from households.texts import show_phone

DAY_BEGINS, DAY_ENDS = 7, 22  # the hours of a contact who asked for daytime


@dataclass(frozen=True)
class ContactRow:
    uid: str
    name: str
    relation: str
    words: str
    now: bool
    number: str  # empty until it was revealed with a reason
    number_words: str
    key: str  # once-only value of the form that keys in a call's result


def rows(case: Case, user: Any, *, revealed: frozenset[str], now: datetime) -> list[ContactRow]:
    """Masked until revealed; those that may not be called at this hour stand last."""
    if not people.is_owner(case, user):
        return []
    hour = timezone.localtime(now).hour
    found = [_row(contact, hour, revealed) for contact in case.household.contacts.current()]
    return sorted(found, key=lambda row: not row.now)


def may_ring(contact: Contact, hour: int) -> bool:
    """Whether this contact may be called in that hour of Seoul."""
    return contact.hours == ContactHours.ANYTIME or DAY_BEGINS <= hour < DAY_ENDS


def _row(contact: Contact, hour: int, revealed: frozenset[str]) -> ContactRow:
    allowed = may_ring(contact, hour)
    words = f"{contact.get_hours_display()} · {contact.get_may_be_told_display()}"
    number = contact.phone if str(contact.uid) in revealed else ""
    return ContactRow(
        uid=str(contact.uid),
        name=contact.masked_name,
        relation=str(contact.get_relation_display()),
        words=words if allowed else _("%(words)s · 지금은 걸지 않습니다") % {"words": words},
        now=allowed,
        number=number,
        number_words=show_phone(number) if number else "",
        key=new_key(),
    )
