"""Actions that a phone had queued: each taken once, in the order in which it happened.

What the rules no longer allow (the visit was cancelled meanwhile) changes nothing, but is kept,
written into the case's log, and told to the operators and to the phone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import actions, forms, machine, telling
from dispatch.field import photos
from dispatch.field.photo_forms import PhotoForm
from dispatch.models import ActionOutcome, FieldAction, FieldKey, FieldVerb, Visit
from dispatch.rules import EventKind, Refused
from ui.words import clock_time

MOST_ITEMS = 50
MOST_PHOTOS = 2
"""In one request: a phone sends its one photo alone; reading one takes a good part of a second."""
MOST_BODY = 3_000_000
"""Bytes of one request: one photo as base64, with room."""
ADJUST_BEYOND = timedelta(minutes=2)
"""A phone's time that lies this far outside what is possible is marked as adjusted."""


@dataclass(frozen=True)
class Item:
    """One queued action as the phone tells it. `device_at` aware; `offset`: portal time minus the
    phone's clock when they last met. `live`: sent in the moment in which it was done."""

    uid: UUID
    verb: str
    seq: int
    device_at: datetime
    offset: timedelta
    data: dict[str, str]
    live: bool = False


@dataclass
class Receipt:
    """What became of one item. `status`: done, kept (told, not applied) or invalid (not stored:
    the person has to correct it, `errors` says what)."""

    uid: UUID
    status: str
    words: str = ""
    errors: dict[str, list[str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "key": str(self.uid),
            "status": self.status,
            "words": self.words,
            "errors": self.errors,
        }


def parse(raw: Any, *, live: str = "") -> Item:
    """An Item of the phone's JSON; ValueError for anything else. Times are milliseconds since
    1970 and must lie between 2020 and 2100."""
    try:
        at, offset = int(raw["at"]), int(raw["offset"])
        item = Item(
            uid=UUID(str(raw["key"])),
            verb=str(raw["do"]),
            seq=int(raw["seq"]),
            device_at=datetime.fromtimestamp(at / 1000, UTC),
            offset=timedelta(milliseconds=offset),
            data={str(name): str(value) for name, value in dict(raw["data"]).items()},
            live=bool(live) and str(raw["key"]) == live,
        )
    except (KeyError, TypeError, OverflowError, OSError) as error:
        raise ValueError("not an action of a phone") from error
    in_range = 2020 <= item.device_at.year < 2100 and abs(item.offset) < timedelta(days=3660)
    if item.verb not in FieldVerb.values or not in_range or not 0 <= item.seq < 2**31:
        raise ValueError("not an action of a phone")
    return item


def receive(*, key: FieldKey, items: list[Item], by: User, now: datetime) -> list[Receipt]:
    """Take the items in the order in which they happened; the receipts are in the same order.

    What was typed is read, and a photo unfolded, before the case is locked: nobody at the desk
    waits for that. What has been received before is not read again.
    """
    ordered = sorted(items, key=lambda item: (item.device_at + item.offset, item.seq))
    return [_read(key, item, by=by, now=now) for item in ordered]


def _read(key: FieldKey, item: Item, *, by: User, now: datetime) -> Receipt:
    standing = FieldAction.objects.filter(item=item.uid).first()
    if standing is not None:
        return _receipt(standing)
    form = _form(item)
    if form is not None and not form.is_valid():
        return Receipt(item.uid, "invalid", errors=_errors(form))
    return _receive(key, item, form.cleaned_data if form is not None else {}, by=by, now=now)


@transaction.atomic
def _receive(
    key: FieldKey, item: Item, words: dict[str, Any], *, by: User, now: datetime
) -> Receipt:
    """Take one item whose `words` are clean, under the case's lock."""
    case = machine.lock(key.visit.case_id)  # two sendings of one item wait for each other here
    standing = FieldAction.objects.filter(item=item.uid).first()
    if standing is not None:
        return _receipt(standing)
    visit = Visit.objects.select_related("responder", "case__household").get(pk=key.visit_id)
    visit.case = case
    at, adjusted = happened(item, visit, now=now)
    why = ""
    try:
        with transaction.atomic():
            _APPLY[item.verb](_Doing(visit, by, at, now, item, words))
    except Refused as refused:
        why = str(refused)[:200]
        _keep(visit, item, words, by=by, at=at, now=now)
    row = FieldAction.objects.create(
        visit=visit,
        key=key,
        item=item.uid,
        verb=item.verb,
        data={name: words[name] for name in _CODES if words.get(name)},
        note=_sealed(visit, words),
        seq=item.seq,
        device_at=item.device_at,
        offset_ms=int(item.offset.total_seconds() * 1000),
        happened_at=at,
        received_at=now,
        adjusted=adjusted,
        outcome=ActionOutcome.KEPT if why else ActionOutcome.APPLIED,
        why=why,
    )
    return _receipt(row)


def happened(item: Item, visit: Visit, *, now: datetime) -> tuple[datetime, bool]:
    """When it happened by our clock, and whether the phone's word had to be corrected: not in the
    future, not before the person was asked, not before the step of the visit that came before.
    What is sent in the moment in which it is done happens now, whatever the phone's clock says."""
    told = now if item.live else item.device_at + item.offset
    steps = (visit.asked_at, visit.accepted_at, visit.departed_at, visit.arrived_at)
    earliest = min(max(step for step in steps if step is not None), now)
    at = min(max(told, earliest), now)
    return at, abs(at - told) > ADJUST_BEYOND


def too_many(items: list[Item]) -> bool:
    """More than an honest phone sends in one request."""
    photos_of = sum(item.verb == FieldVerb.PHOTO for item in items)
    return len(items) > MOST_ITEMS or photos_of > MOST_PHOTOS


# ── what each action does ────────────────────────────────────────────────────
@dataclass(frozen=True)
class _Doing:
    visit: Visit
    by: User
    at: datetime
    now: datetime
    item: Item
    words: dict[str, Any]

    def common(self) -> dict[str, Any]:
        return {
            "visit": self.visit,
            "by": self.by,
            "now": self.now,
            "at": self.at,
            "key": self.item.uid.hex,
        }


def _found(doing: _Doing) -> None:
    names = ("found_state", "close_reason", "note")
    actions.tell_found(**doing.common(), **{name: doing.words[name] for name in names})


def _decline(doing: _Doing) -> None:
    actions.decline_visit(**doing.common(), reason=doing.words["reason"])


def _company(doing: _Doing) -> None:
    actions.say_company(**doing.common(), company=doing.words["company"])


def _note(doing: _Doing) -> None:
    case = doing.visit.case
    if doing.visit.responder_id != doing.by.pk or not doing.visit.is_open or not case.is_open:
        raise Refused(_("끝난 출동입니다."))
    machine.log(
        case,
        EventKind.NOTED,
        now=doing.at,
        by=doing.by,
        data={"visit": str(doing.visit.uid)},
        note=doing.words["text"].strip(),
        key=doing.item.uid.hex,
    )


def _photo(doing: _Doing) -> None:
    photos.add_photo(**doing.common(), image=doing.words["image"])


_APPLY: dict[str, Callable[[_Doing], object]] = {
    FieldVerb.ACCEPT: lambda doing: actions.accept_visit(**doing.common()),
    FieldVerb.DEPART: lambda doing: actions.depart(**doing.common()),
    FieldVerb.ARRIVE: lambda doing: actions.arrive(**doing.common()),
    FieldVerb.COMPANY: _company,
    FieldVerb.DECLINE: _decline,
    FieldVerb.FOUND: _found,
    FieldVerb.NOTE: _note,
    FieldVerb.PHOTO: _photo,
}
_FORMS: dict[str, type[Any]] = {
    FieldVerb.COMPANY: forms.CompanyForm,
    FieldVerb.DECLINE: forms.DeclineForm,
    FieldVerb.FOUND: forms.FoundForm,
    FieldVerb.NOTE: forms.NoteForm,
    FieldVerb.PHOTO: PhotoForm,
}
_CODES = ("company", "reason", "found_state", "close_reason")


def _form(item: Item) -> Any:
    form_class = _FORMS.get(item.verb)
    return None if form_class is None else form_class(item.data)


def _errors(form: Any) -> dict[str, list[str]]:
    return {name: [str(one) for one in found] for name, found in form.errors.items()}


def _sealed(visit: Visit, words: dict[str, Any]) -> bytes:
    said = str(words.get("note") or words.get("text") or "").strip()
    return visit.case.household.seal(said) if said else b""


def _keep(
    visit: Visit, item: Item, words: dict[str, Any], *, by: User, at: datetime, now: datetime
) -> None:
    """The rules refused it: into the log with its words, and to whoever has the case."""
    verb = FieldVerb(item.verb)
    said = str(words.get("note") or words.get("text") or "").strip()
    note = _("%(at)s 현장 기록(반영 안 됨): %(what)s") % {
        "at": clock_time(at),
        "what": verb.label,
    }
    data = {
        "visit": str(visit.uid),
        "kept": verb.value,
        "happened_at": at.isoformat(),
        "received_at": now.isoformat(),
    }
    if words.get("found_state"):
        data["found"] = words["found_state"]
    machine.log(
        visit.case,
        EventKind.NOTED,
        now=now,
        by=by,
        data=data,
        note=f"{note}. {said}" if said else note,
        key=item.uid.hex,
    )
    if visit.case.owner is not None and visit.case.is_open:
        telling.tell_owner(visit.case, "dispatch.field_kept", now=now)
        return
    for person in telling.operators_now(now):
        telling.tell_person(person, "dispatch.field_kept", visit.case, now=now)


def _receipt(row: FieldAction) -> Receipt:
    if row.outcome == ActionOutcome.KEPT:
        return Receipt(row.item, "kept", words=row.why)
    return Receipt(row.item, "done")
