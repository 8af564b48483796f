"""A report that somebody is not seen: codes in the open, words sealed in the log, the number apart.

The words stand in the log as long as the case. The number of who reported is kept in a row of its
own, which is emptied some days after the case was closed. Forgetting the person forgets both.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.county_settings import setting
from accounts.crypto import normal_phone
from accounts.masking import mask_phone
from dispatch.models import Case, CaseEvent, ReporterNumber
from dispatch.rules import EventKind, Reporter


@dataclass(frozen=True)
class Report:
    """What the operator was told. `phone` may be empty; `last_well_at` None: nobody knows."""

    reporter: str
    words: str
    phone: str = ""
    last_well_at: datetime | None = None


def keep_number(event: CaseEvent, phone: str) -> None:
    """Keep the number of who reported beside the line of the log, if one was given."""
    if number := normal_phone(phone):
        ReporterNumber.objects.create(event=event, phone=event.case.household.seal(number))


def number_of(event: CaseEvent) -> tuple[str, bool]:
    """(number, whether it was erased) of a report read with `select_related("reporter_number")`."""
    kept: ReporterNumber | None = getattr(event, "reporter_number", None)
    if kept is None:
        return "", False
    return event.case.household.unseal(bytes(kept.phone)), kept.erased_at is not None


def masked_number(event: CaseEvent) -> str:
    """What stands in the log in place of the number: its mask, or that it was erased."""
    phone, erased = number_of(event)
    return _("전화번호 지움") if erased else mask_phone(phone) if phone else ""


_NUMBER_BEFORE = re.compile(r"(?:\d{8,12})?\n")
"""How an older release wrote a report: the number of who reported, or none, before the words."""


def words_of(event: CaseEvent) -> str:
    """The words of a report read with `select_related("reporter_number")`, never the number.

    Lines of older releases were taken apart once. A process of that time which was still running
    may have written one more: its number is hidden here, as nobody can give it back its row.
    """
    text = event.case.household.unseal(bytes(event.note))
    if getattr(event, "reporter_number", None) is not None:
        return text
    return text[before.end() :] if (before := _NUMBER_BEFORE.match(text)) else text


@dataclass(frozen=True)
class Told:
    """One report of a case, unsealed: for whoever may read the words of that case."""

    uid: str
    at: datetime
    reporter: str
    last_well_at: datetime | None
    phone: str
    erased: bool
    words: str


def of(case: Case) -> list[Told]:
    """The reports of a case, latest first."""
    events = _events(case).select_related("reporter_number").order_by("-at", "-id")
    return [_told(case, event) for event in events]


def find(case: Case, uid: UUID) -> CaseEvent | None:
    """The line of one report."""
    return _events(case).filter(data__report=str(uid)).first()


def _events(case: Case) -> QuerySet[CaseEvent]:
    return CaseEvent.objects.filter(case=case, kind=EventKind.REPORTED)


def _told(case: Case, event: CaseEvent) -> Told:
    event.case = case
    phone, erased = number_of(event)
    well = event.data.get("last_well_at")
    return Told(
        uid=event.data["report"],
        at=event.at,
        reporter=str(Reporter(event.data["reporter"]).label),
        last_well_at=datetime.fromisoformat(well) if well else None,
        phone=phone,
        erased=erased,
        words=words_of(event),
    )


def purge(*, now: datetime) -> int:
    """Erase the numbers of who reported in cases that were closed `dispatch.reporter_days` ago,
    and those kept for people who were forgotten. The log keeps that there was a report. Returns
    how many."""
    kept = timedelta(days=setting("dispatch.reporter_days", at=now))
    forgotten = Q(event__case__household__wrapped_key__isnull=True) | Q(
        event__case__household__wrapped_key=b""
    )
    old = ReporterNumber.objects.filter(
        forgotten | Q(event__case__closed_at__lte=now - kept), erased_at__isnull=True
    )
    return old.update(phone=b"", erased_at=now)
