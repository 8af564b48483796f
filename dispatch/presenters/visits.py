"""The pages of a visit: its steps, the one next thing to do, what stays when it is over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.county_settings import setting
from dispatch import plan
from dispatch.models import Visit
from dispatch.presenters import company, timers, visit_card
from dispatch.presenters.company import Buttons
from dispatch.presenters.timers import Countdown
from dispatch.presenters.visit_card import Card, Warning, warnings
from dispatch.rules import FINAL_FOUND, FoundState, VisitState
from ui.words import clock_time, moment

__all__ = [
    "Card",
    "Mark",
    "Progress",
    "VisitView",
    "Warning",
    "marks",
    "progress",
    "view",
    "warnings",
]

_BAD = frozenset({FoundState.EMS_119, FoundState.FORCED_ENTRY, FoundState.DEATH})
_SMALL = {
    FoundState.MET_SAFE: gettext_lazy("얼굴을 직접 보았을 때만"),
    FoundState.FORCED_ENTRY: gettext_lazy("경찰·소방 함께"),
    FoundState.DEATH: gettext_lazy("만지지 않고 112"),
}


@dataclass(frozen=True)
class Mark:
    """One step of the progress: done, now, or still to come."""

    label: str
    words: str = ""
    state: str = ""
    verb: str = ""


@dataclass(frozen=True)
class Progress:
    """A visit as the operator sees it."""

    uid: str
    who: str
    words: str
    steps: list[Mark]
    company: tuple[str, str] | None = None
    hint: str = ""


@dataclass(frozen=True)
class Primary:
    verb: str
    label: str | Promise
    icon: str


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    small: str
    bad: bool
    checked: bool


@dataclass(frozen=True)
class Group:
    legend: str
    options: list[Option]
    pairs: bool


@dataclass
class VisitView:
    visit: Visit
    uid: str
    number: str
    title: str
    subtitle: str
    stage: str
    is_mine: bool
    may_act: bool
    steps: list[Mark]
    timer: Countdown | None
    primary: Primary | None
    card: Card | None
    map_url: str
    desk_phone: str
    dock_words: str
    summary: list[tuple[str, str]]
    done_title: str
    company: tuple[str, str] | None = None
    buttons: Buttons | None = None
    final: str = " ".join(sorted(FINAL_FOUND))
    open: str = ""
    forms: dict[str, Any] = field(default_factory=dict)
    found_groups: list[Group] = field(default_factory=list)


_STAGES = {
    VisitState.ASSIGNED: "assigned",
    VisitState.ACCEPTED: "accepted",
    VisitState.EN_ROUTE: "en_route",
    VisitState.ON_SITE: "found",
}
_PRIMARY = {
    "assigned": Primary("accept", gettext_lazy("제가 가겠습니다"), "check"),
    "accepted": Primary("depart", gettext_lazy("출발합니다"), "car"),
    "en_route": Primary("arrive", gettext_lazy("도착했습니다"), "pin"),
    "found": Primary("found", gettext_lazy("저장하고 끝내기"), "check"),
}


def view(
    visit: Visit, user: Any, *, now: datetime, forms: dict[str, Any], opened: str = ""
) -> VisitView:
    """One visit for its responder (`may_act`) or, read-only, for the desk."""
    case = visit.case
    stage = _STAGES.get(VisitState(visit.state), "done")
    # Another operator reads the progress; name and address are for who goes and who sent.
    shown_to = (visit.responder_id, case.owner_id)
    card = visit_card.card(visit, now=now) if visit.is_open and user.pk in shown_to else None
    shown = VisitView(
        visit=visit,
        uid=str(visit.uid),
        number=f"{case.household.number:04d}",
        title=f"{visit.get_state_display()} · {case.household.township.name}",
        subtitle=_subtitle(visit),
        stage=stage,
        is_mine=visit.responder_id == user.pk,
        may_act=visit.is_open and visit.responder_id == user.pk,
        steps=marks(visit),
        timer=timers.of_visit(visit, case),
        primary=_PRIMARY.get(stage),
        card=card,
        # The phone's own map app (RFC 5870): no web address that a third party would keep.
        map_url=f"geo:0,0?q={quote(card.address)}" if card else "",
        desk_phone=case.owner.phone if case.owner and visit.is_open else "",
        dock_words=_dock_words(visit, stage, user, now=now),
        summary=_summary(visit),
        done_title=_done_title(visit),
        company=company.told(visit),
        open=opened,
        forms=forms,
    )
    if shown.may_act:
        shown.buttons = company.buttons(visit, now=now)
    if stage == "found":
        chosen = forms["found"]["found_state"].value() or "" if "found" in forms else ""
        shown.found_groups = _groups(str(chosen))
    return shown


def _subtitle(visit: Visit) -> str:
    case = visit.case
    if not visit.is_open:
        return f"{case.household.township.name} · {visit.get_state_display()}"
    return _("%(place)s · %(light)s · %(at)s 출동 결정") % {
        "place": case.household.township.name,
        "light": case.get_light_display(),
        "at": clock_time(visit.assigned_at),
    }


def marks(visit: Visit) -> list[Mark]:
    """출발 → 도착 → 확인 결과, with the times that have come."""
    passed = {
        VisitState.ASSIGNED: 0,
        VisitState.ACCEPTED: 0,
        VisitState.EN_ROUTE: 1,
        VisitState.ON_SITE: 2,
        VisitState.DONE: 3,
    }.get(VisitState(visit.state), 0)
    labels = (
        ("depart", _("출발"), visit.departed_at),
        ("arrive", _("도착"), visit.arrived_at),
        ("found", _("확인 결과"), visit.ended_at if visit.state == VisitState.DONE else None),
    )
    return [
        Mark(
            label=label,
            words=clock_time(at) if at else "",
            state="done" if index < passed else ("now" if _is_next(visit, index, passed) else ""),
            verb=verb,
        )
        for index, (verb, label, at) in enumerate(labels)
    ]


def _is_next(visit: Visit, index: int, passed: int) -> bool:
    return visit.is_open and visit.state != VisitState.ASSIGNED and index == passed


def progress(visit: Visit, *, log: Mapping[str, int], to_desk: bool, now: datetime) -> Progress:
    """The visit in the desk's right column: who went, with whom, and how far. `log`: how often each
    result of a call to the person was written down. `to_desk`: for somebody who may send more; the
    hint asks for that."""
    times = (
        (_("요청"), visit.assigned_at),
        (_("수락"), visit.accepted_at),
        (_("출발"), visit.departed_at),
        (_("도착"), visit.arrived_at),
    )
    done = [Mark(label, clock_time(at), "done") for label, at in times if at]
    coming = [Mark(label, "", "") for label, at in times if not at and visit.is_open]
    if visit.ended_at:
        words = visit.get_found_state_display() or visit.get_decline_reason_display()
        end = f"{visit.get_state_display()} · {words}" if words else visit.get_state_display()
        done.append(Mark(str(end), clock_time(visit.ended_at), "done"))
    elif done:
        done[-1] = Mark(done[-1].label, done[-1].words, "now")
    return Progress(
        uid=str(visit.uid),
        who=visit.responder.name,
        words=str(visit.get_state_display()),
        steps=[*done, *coming],
        company=company.told(visit),
        hint=company.hint(visit, log=log, now=now) if to_desk else "",
    )


def _groups(chosen: str) -> list[Group]:
    """Nine results as three questions."""
    state = FoundState
    return [
        _group(
            _("만났습니다"),
            (state.MET_SAFE, state.MET_NEEDS_HELP, state.EMS_119),
            chosen,
            pairs=False,
        ),
        _group(
            _("못 만났습니다"),
            (
                state.NEIGHBOUR_CONFIRMED,
                state.ABSENT_REVISIT,
                state.WRONG_ADDRESS,
                state.REFUSED,
            ),
            chosen,
            pairs=True,
        ),
        _group(_("문을 열어야 합니다"), (state.FORCED_ENTRY, state.DEATH), chosen, pairs=True),
    ]


def _group(legend: str, states: tuple[FoundState, ...], chosen: str, *, pairs: bool) -> Group:
    return Group(legend, [_option(state, chosen) for state in states], pairs)


def _option(state: FoundState, chosen: str) -> Option:
    label, _dash, rest = str(state.label).partition("-")
    small = str(_SMALL.get(state, ""))
    if rest and label == _("부재"):
        words, small = label, rest
    else:
        words = f"{label} · {rest}" if rest else label
    return Option(state.value, words, small, state in _BAD, state.value == chosen)


def _dock_words(visit: Visit, stage: str, user: Any, *, now: datetime) -> str:
    if visit.is_open and visit.responder_id != user.pk:
        return _("%(who)s 님의 화면입니다. 읽기만 할 수 있습니다.") % {"who": visit.responder.name}
    if stage == "found" and not setting("dispatch.responder_may_close", at=now):
        return _("저장하면 관제가 이어서 처리합니다.")
    if stage == "found":
        return _("안전·119 이송은 저장하면 건이 끝나고, 나머지는 관제가 이어 갑니다.")
    if stage == "assigned":
        return _("%(minutes)s분 안에 답이 없으면 다음 사람에게 넘어갑니다.") % {
            "minutes": plan.number(visit.case, "visit_accept_minutes")
        }
    return ""


def _done_title(visit: Visit) -> str:
    if visit.is_open:  # for an operator whose case it is not
        return str(visit.get_state_display())
    if visit.state == VisitState.DONE:
        return _("방문을 마쳤습니다")
    if visit.state == VisitState.DECLINED:
        return _("못 간다고 알렸습니다")
    if visit.state == VisitState.PASSED:
        return _("답이 없어 다음 사람에게 넘겼습니다")
    return _("출동이 취소되었습니다")


def _summary(visit: Visit) -> list[tuple[str, str]]:
    """What stays after the visit: times and codes, no name and no address."""
    lines = [
        (_("읍·면"), visit.case.household.township.name),
        (_("요청"), moment(visit.assigned_at)),
    ]
    for label, at in ((_("출발"), visit.departed_at), (_("도착"), visit.arrived_at)):
        if at:
            lines.append((label, moment(at)))
    if went := company.told(visit):
        lines.append(went)
    if visit.found_state:
        lines.append((_("확인 결과"), str(visit.get_found_state_display())))
    if visit.decline_reason:
        lines.append((_("못 간 이유"), str(visit.get_decline_reason_display())))
    if visit.ended_at:
        lines.append((_("끝"), moment(visit.ended_at)))
    return lines
