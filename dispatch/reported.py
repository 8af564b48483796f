"""A report that somebody is not seen, as the log keeps it: codes in the open, words sealed.

The reporter's number and words are one sealed text of two lines, so that a list shows the words
and masks the number. Forgetting the person forgets both.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.crypto import normal_phone
from accounts.masking import mask_phone
from dispatch.models import Case, CaseEvent
from dispatch.rules import EventKind, Reporter


@dataclass(frozen=True)
class Report:
    """What the operator was told. `phone` may be empty; `last_well_at` None: nobody knows."""

    reporter: str
    words: str
    phone: str = ""
    last_well_at: datetime | None = None

    def sealed_text(self) -> str:
        return f"{normal_phone(self.phone)}\n{self.words.strip()}"


def read(text: str) -> tuple[str, str]:
    """(number, words) of a sealed text."""
    phone, _line, words = text.partition("\n")
    return phone, words


def shown(text: str) -> str:
    """The words of a sealed text behind the masked number."""
    phone, words = read(text)
    return f"{mask_phone(phone)} · {words}" if phone else words


@dataclass(frozen=True)
class Told:
    """One report of a case, unsealed: for whoever may read the words of that case."""

    uid: str
    at: datetime
    reporter: str
    last_well_at: datetime | None
    phone: str
    words: str


def of(case: Case) -> list[Told]:
    """The reports of a case, latest first."""
    return [_told(case, event) for event in _events(case).order_by("-at", "-id")]


def find(case: Case, uid: UUID) -> CaseEvent | None:
    """The line of one report."""
    return _events(case).filter(data__report=str(uid)).first()


def _events(case: Case) -> Any:
    return CaseEvent.objects.filter(case=case, kind=EventKind.REPORTED)


def _told(case: Case, event: CaseEvent) -> Told:
    phone, words = read(case.household.unseal(bytes(event.note)))
    well = event.data.get("last_well_at")
    return Told(
        uid=event.data["report"],
        at=event.at,
        reporter=str(Reporter(event.data["reporter"]).label),
        last_well_at=datetime.fromisoformat(well) if well else None,
        phone=phone,
        words=words,
    )
