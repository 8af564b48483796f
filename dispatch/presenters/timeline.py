"""What was tried, in Korean, from the log of the case."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dispatch import reported, rules
from dispatch.actions.desk import Service
from dispatch.models import Case, CaseEvent, FollowUpResult, NeighbourAnswer
from dispatch.presenters import heard
from dispatch.rules import EventKind
from households.models import AbsenceKind, Feed
from ui.words import clock_time, moment, weekday

# Codes in `CaseEvent.data` and the lists that hold their words.
_CODES: dict[str, Any] = {
    "result": rules.CallResult,
    "outcome": rules.CallOutcome,
    "company": rules.Company,
    "found": rules.FoundState,
    "evidence": rules.EvidenceKind,
    "feed": Feed,
    "away": AbsenceKind,
    "service": Service,
    "said": NeighbourAnswer,
    "reporter": rules.Reporter,
    "result_code": FollowUpResult,
}
# `reason` means another list on every kind of event.
_REASONS: dict[str, Any] = {
    EventKind.HUMAN_ASKED: rules.AskReason,
    EventKind.OPENED: rules.AskReason,
    EventKind.VISIT_DECLINED: rules.DeclineReason,
    EventKind.CLOSED: rules.CloseReason,
    EventKind.VISIT_FOUND: rules.CloseReason,
    EventKind.FEED_RELEASED: rules.ReleaseReason,
}
# Outcomes that say only how the line fared; what ended it is told instead where it is known.
_OF_THE_LINE = frozenset({rules.CallOutcome.NOT_REACHED.value, rules.CallOutcome.SILENT.value})
_HIT = frozenset({EventKind.RAISED.value, EventKind.OPENED.value})


@dataclass(frozen=True)
class Entry:
    at: datetime
    clock: str
    title: str
    detail: str
    css: str
    note: str


def columns(case: Case, user: Any, *, notes: bool, now: datetime) -> list[list[Entry]]:
    """The log, newest first, in two columns. `notes` shows the sealed words as well."""
    events = list(case.events.select_related("actor", "reporter_number").order_by("-at", "-id"))
    entries = [_entry(case, event, user, notes=notes, now=now) for event in _worth(events)]
    half = (len(entries) + 1) // 2
    return [entries[:half], entries[half:]] if len(entries) > 3 else [entries]


def _worth(events: Iterable[CaseEvent]) -> list[CaseEvent]:
    """Leaves out the start of a call whose end is told too, and the news of the data that are no
    sign (a light that is green again, or for which data are missing)."""
    listed = [event for event in events if not _is_no_sign(event)]
    ended = {e.data.get("attempt") for e in listed if e.kind == EventKind.CALL_ENDED}
    return [
        event
        for event in listed
        if event.kind != EventKind.CALL_STARTED or event.data.get("attempt") not in ended
    ]


def _is_no_sign(event: CaseEvent) -> bool:
    light = (event.data or {}).get("light", "")
    return event.kind == EventKind.SIGNAL and light not in rules.Light.values


def _entry(case: Case, event: CaseEvent, user: Any, *, notes: bool, now: datetime) -> Entry:
    return Entry(
        at=event.at,
        clock=_clock(event.at, now=now),
        title=str(event.get_kind_display()),
        detail=" · ".join(details(event)),
        css=_css(event, user),
        note=_note(case, event) if notes and event.note else "",
    )


def _note(case: Case, event: CaseEvent) -> str:
    """The sealed words; the number of somebody who reported stays masked."""
    event.case = case
    if event.kind != EventKind.REPORTED:
        return case.household.unseal(bytes(event.note))
    parts = (reported.masked_number(event), reported.words_of(event))
    return " · ".join(part for part in parts if part)


def _clock(at: datetime, *, now: datetime) -> str:
    """The time of day; the date as well when it was another day."""
    if timezone.localdate(at) == timezone.localdate(now):
        return clock_time(at)
    return f"{weekday(at)} {clock_time(at)}"


def details(event: CaseEvent) -> list[str]:
    """What a line of the log says beside its title; no personal words."""
    data: Mapping[str, Any] = event.data or {}
    words = [_label(_CODES[key], data[key]) for key in _CODES if data.get(key)]
    if data.get("outcome") in _OF_THE_LINE:
        label = str(rules.CallOutcome(data["outcome"]).label)
        words[words.index(label)] = _line_words(data) or label
    if data.get("pressed"):
        words.append(heard.pressed(str(data["pressed"])))
    if data.get("because"):
        words.append(_("이해한 까닭: %(why)s") % {"why": heard.because(data["because"])})
    if data.get("was_drill"):
        words.append(_("훈련 중이던 집에서 실제 신호가 왔습니다. 이제 훈련이 아닙니다."))
    if data.get("callee", "resident") != "resident":
        words.append(_("비상연락처"))
    if data.get("try"):
        words.append(_("%(n)s번째") % {"n": data["try"]})
    if data.get("until"):
        until = datetime.fromisoformat(data["until"])
        words.append(_("%(at)s까지") % {"at": _clock(until, now=event.at)})
    if data.get("last_well_at"):
        well = moment(datetime.fromisoformat(data["last_well_at"]))
        words.append(_("마지막으로 본 때 %(at)s") % {"at": well})
    if data.get("reason") and event.kind in _REASONS:
        words.append(_label(_REASONS[event.kind], data["reason"]))
    if event.actor is not None:
        words.append(event.actor.name)
    elif event.kind == EventKind.CLOSED:
        words.append(_("본인 대답으로 자동 종결"))
    return [word for word in words if word]


def _line_words(data: Mapping[str, Any]) -> str:
    """Who ended a call in which nobody was heard, if it was not the time."""
    if data.get("cut"):
        return _("관제에서 멈춤")
    busy = data.get("status") == rules.CallStatus.BUSY
    return str(rules.CallStatus.BUSY.label) if busy else ""


def _label(choices: Any, code: Any) -> str:
    """The words of a code; nothing for one that is not in the list any more."""
    try:
        return str(choices(code).label)
    except ValueError:
        return ""


def _css(event: CaseEvent, user: Any) -> str:
    if event.kind in _HIT and (event.data or {}).get("light", "red") == "red":
        return "is-hit"
    return "is-mine" if event.actor_id == user.pk else ""
