"""The machines of a case and of a visit as tables, the codes of the programme, and who may do what.

The same tables enable buttons, check roles, refuse wrong orders and draw `docs/state-machines.md`.
Codes and words: the control centre's practice (call results, found states, closing reasons).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from dispatch.codes import (
    ASK_OF_OUTCOME,
    CALL_URGENT,
    CLOSE_GROUP_OF,
    CLOSE_GROUPS,
    CRISIS,
    EVIDENCE_BY_HAND,
    EVIDENCE_OF_FOUND,
    FINAL_FOUND,
    FINAL_RANK,
    FOUND_TROUBLE,
    LIVE_STATUSES,
    LOST,
    NEEDS_PERSON,
    NEVER_SEEN,
    OUTCOME_RANK,
    SEEN_OR_HEARD,
    STATUS_RANK,
    UNSURE,
    AskReason,
    CallOutcome,
    CallResult,
    CallStatus,
    CloseReason,
    Company,
    DeclineReason,
    EventKind,
    EvidenceKind,
    FoundState,
    ReleaseReason,
    Reporter,
)

# The codes are read through this module: whoever needs a rule needs its words.
__all__ = [
    "ASK_OF_OUTCOME",
    "CALL_URGENT",
    "CLOSE_GROUPS",
    "CLOSE_GROUP_OF",
    "CRISIS",
    "EVIDENCE_BY_HAND",
    "EVIDENCE_OF_FOUND",
    "FINAL_FOUND",
    "FINAL_RANK",
    "FOUND_TROUBLE",
    "LIVE_STATUSES",
    "LOST",
    "NEEDS_PERSON",
    "NEVER_SEEN",
    "OUTCOME_RANK",
    "SEEN_OR_HEARD",
    "STATUS_RANK",
    "UNSURE",
    "AskReason",
    "CallOutcome",
    "CallResult",
    "CallStatus",
    "CloseReason",
    "Company",
    "DeclineReason",
    "EventKind",
    "EvidenceKind",
    "FoundState",
    "ReleaseReason",
    "Reporter",
]


class Refused(Exception):
    """An action that the rules do not allow now. `str()` is a Korean sentence for the page."""

    def __init__(self, message: object) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message)


# ── the case ─────────────────────────────────────────────────────────────────
class Light(models.TextChoices):
    """The two lights that make a case."""

    YELLOW = "yellow", _("주의")
    RED = "red", _("긴급")


class CaseState(models.TextChoices):
    AI_CALL = "ai_call", _("AI 전화 중")
    WAITING = "waiting", _("담당 기다림")
    CLAIMED = "claimed", _("관제 확인 중")
    VISITING = "visiting", _("현장 출동 중")
    CLOSED = "closed", _("종결")


class CaseDo(models.TextChoices):
    """What may happen to a case: the second half of the key of `CASE`."""

    OPEN_YELLOW = "open_yellow", _("주의 신호")
    OPEN_RED = "open_red", _("긴급 신호")
    RAISE = "raise", _("긴급으로 올라감")
    ASK_HUMAN = "ask_human", _("사람에게 넘김")
    HOLD = "hold", _("자료 사고로 보류")
    LET_GO = "let_go", _("보류를 풂")
    ANSWER_OK = "answer_ok", _("본인이 1번을 누름")
    STOP_AI = "stop_ai", _("AI 전화 멈추기")
    CLAIM = "claim", _("맡기")
    LEASE_OUT = "lease_out", _("맡은 시간이 지남")
    RELEASE = "release", _("내려놓기")
    HAND_OVER = "hand_over", _("넘겨주기")
    RECORD_CALL = "record_call", _("통화 결과 기록")
    SEND = "send", _("출동 보내기")
    VISIT_BACK = "visit_back", _("현장에서 돌아옴")
    CLOSE = "close", _("종결")
    FINISH_VISIT = "finish_visit", _("현장에서 종결")


NEW = "new"  # a case that does not exist yet
_AI, _WAIT = CaseState.AI_CALL.value, CaseState.WAITING.value
_OWN, _VISIT, _END = CaseState.CLAIMED.value, CaseState.VISITING.value, CaseState.CLOSED.value

CASE: dict[tuple[str, str], str] = {
    (NEW, CaseDo.OPEN_YELLOW): _AI,
    (NEW, CaseDo.OPEN_RED): _WAIT,  # the desk and the first call at once
    (_AI, CaseDo.RAISE): _WAIT,
    (_WAIT, CaseDo.RAISE): _WAIT,
    (_OWN, CaseDo.RAISE): _OWN,
    (_VISIT, CaseDo.RAISE): _VISIT,
    (_AI, CaseDo.ASK_HUMAN): _WAIT,
    (_WAIT, CaseDo.ASK_HUMAN): _WAIT,
    (_OWN, CaseDo.ASK_HUMAN): _OWN,
    (_VISIT, CaseDo.ASK_HUMAN): _VISIT,
    # A held case stays where it stands; whoever has taken one has also ended its hold.
    (_AI, CaseDo.HOLD): _AI,
    (_WAIT, CaseDo.HOLD): _WAIT,
    (_AI, CaseDo.LET_GO): _AI,
    (_WAIT, CaseDo.LET_GO): _WAIT,
    # Only the telephone fires this, and only while no light is red (dispatch.calls.may_close).
    (_AI, CaseDo.ANSWER_OK): _END,
    (_WAIT, CaseDo.ANSWER_OK): _END,
    (_AI, CaseDo.STOP_AI): _WAIT,  # without its telephone the case is a person's
    (_WAIT, CaseDo.STOP_AI): _WAIT,
    (_OWN, CaseDo.STOP_AI): _OWN,
    (_AI, CaseDo.CLAIM): _OWN,
    (_WAIT, CaseDo.CLAIM): _OWN,
    (_VISIT, CaseDo.CLAIM): _VISIT,  # only a stalled visit (Case.visit_stalled)
    (_OWN, CaseDo.LEASE_OUT): _WAIT,
    (_OWN, CaseDo.RELEASE): _WAIT,
    (_OWN, CaseDo.HAND_OVER): _OWN,
    (_VISIT, CaseDo.HAND_OVER): _VISIT,
    (_OWN, CaseDo.RECORD_CALL): _OWN,
    (_VISIT, CaseDo.RECORD_CALL): _VISIT,
    (_OWN, CaseDo.SEND): _VISIT,
    (_VISIT, CaseDo.VISIT_BACK): _OWN,
    (_OWN, CaseDo.CLOSE): _END,
    (_VISIT, CaseDo.FINISH_VISIT): _END,
}

_OPERATOR = frozenset({Role.CONTROL_OPERATOR.value})
_CLERK = frozenset({Role.TOWNSHIP_CLERK.value})
_RESPONDER = frozenset({Role.RESPONDER.value})
# The county's duty official gets a case only by the telephone chain, and may then finish it.
_OWNER = _OPERATOR | {Role.COUNTY_OFFICIAL.value}
PORTAL: frozenset[str] = frozenset()  # nobody signed in: the engine or the telephone

# Which roles may fire an event. Ownership is checked beside this (dispatch.actions).
CASE_MAY: dict[str, frozenset[str]] = {
    CaseDo.OPEN_YELLOW: PORTAL,
    CaseDo.OPEN_RED: _OPERATOR | _CLERK,  # by hand: a neighbour's report
    CaseDo.RAISE: PORTAL,
    CaseDo.ASK_HUMAN: PORTAL,
    CaseDo.HOLD: PORTAL,
    CaseDo.LET_GO: PORTAL,
    CaseDo.ANSWER_OK: PORTAL,
    CaseDo.STOP_AI: _OPERATOR,
    CaseDo.CLAIM: _OPERATOR,
    CaseDo.LEASE_OUT: PORTAL,
    CaseDo.RELEASE: _OWNER,
    CaseDo.HAND_OVER: _OWNER,
    CaseDo.RECORD_CALL: _OWNER,
    CaseDo.SEND: _OWNER,
    CaseDo.VISIT_BACK: _RESPONDER,
    CaseDo.CLOSE: _OWNER,
    CaseDo.FINISH_VISIT: _RESPONDER,
}
# A note never changes the state and may be added by everybody who works on the case.
NOTE_MAY: frozenset[str] = (
    _OPERATOR
    | _RESPONDER
    | {
        Role.COUNTY_OFFICIAL.value,
        Role.TOWNSHIP_CLERK.value,
    }
)


# ── the visit ────────────────────────────────────────────────────────────────
class VisitState(models.TextChoices):
    ASSIGNED = "assigned", _("요청함")
    ACCEPTED = "accepted", _("수락")
    EN_ROUTE = "en_route", _("가는 중")
    ON_SITE = "on_site", _("도착")
    DONE = "done", _("마침")
    DECLINED = "declined", _("못 감")
    CANCELLED = "cancelled", _("취소")
    PASSED = "passed", _("다음 사람에게 넘김")


class VisitDo(models.TextChoices):
    ASSIGN = "assign", _("요청")
    ACCEPT = "accept", _("수락")
    DECLINE = "decline", _("못 감")
    DEPART = "depart", _("출발")
    ARRIVE = "arrive", _("도착")
    COMPANY = "company", _("동행 알림")
    FOUND = "found", _("확인 결과")
    CANCEL = "cancel", _("취소")
    PASS_ON = "pass_on", _("다음 사람에게 넘김")


VISIT: dict[tuple[str, str], str] = {
    (NEW, VisitDo.ASSIGN): VisitState.ASSIGNED.value,
    (VisitState.ASSIGNED, VisitDo.ACCEPT): VisitState.ACCEPTED.value,
    (VisitState.ASSIGNED, VisitDo.DECLINE): VisitState.DECLINED.value,
    (VisitState.ACCEPTED, VisitDo.DECLINE): VisitState.DECLINED.value,
    (VisitState.EN_ROUTE, VisitDo.DECLINE): VisitState.DECLINED.value,  # the car breaks down
    (VisitState.ACCEPTED, VisitDo.DEPART): VisitState.EN_ROUTE.value,
    (VisitState.EN_ROUTE, VisitDo.ARRIVE): VisitState.ON_SITE.value,
    # Who comes along may join on the way or at the door: said at any of these, changed at any.
    (VisitState.ACCEPTED, VisitDo.COMPANY): VisitState.ACCEPTED.value,
    (VisitState.EN_ROUTE, VisitDo.COMPANY): VisitState.EN_ROUTE.value,
    (VisitState.ON_SITE, VisitDo.COMPANY): VisitState.ON_SITE.value,
    (VisitState.ON_SITE, VisitDo.FOUND): VisitState.DONE.value,
    (VisitState.ASSIGNED, VisitDo.CANCEL): VisitState.CANCELLED.value,
    (VisitState.ACCEPTED, VisitDo.CANCEL): VisitState.CANCELLED.value,
    (VisitState.EN_ROUTE, VisitDo.CANCEL): VisitState.CANCELLED.value,
    (VisitState.ON_SITE, VisitDo.CANCEL): VisitState.CANCELLED.value,
    # Not accepted in time: the portal asks the next person of the rota.
    (VisitState.ASSIGNED, VisitDo.PASS_ON): VisitState.PASSED.value,
}
VISIT_MAY: dict[str, frozenset[str]] = {
    VisitDo.ASSIGN: _OPERATOR,
    VisitDo.ACCEPT: _RESPONDER,
    VisitDo.DECLINE: _RESPONDER,
    VisitDo.DEPART: _RESPONDER,
    VisitDo.ARRIVE: _RESPONDER,
    VisitDo.COMPANY: _RESPONDER,
    VisitDo.FOUND: _RESPONDER,
    VisitDo.CANCEL: _OWNER,
    VisitDo.PASS_ON: PORTAL,
}
OPEN_VISITS: frozenset[str] = frozenset(
    {VisitState.ASSIGNED, VisitState.ACCEPTED, VisitState.EN_ROUTE, VisitState.ON_SITE}
)


# ── closing ──────────────────────────────────────────────────────────────────
def check_close(*, reason: str, evidence_kind: str, note: str) -> None:
    """Raise `Refused` unless reason and evidence fit together."""
    if reason not in CLOSE_GROUP_OF:
        raise Refused(_("종결 사유를 골라 주세요."))
    if evidence_kind not in EVIDENCE_BY_HAND:
        raise Refused(_("누가 어떻게 확인했는지 골라 주세요."))
    if evidence_kind != EvidenceKind.NONE:
        return
    if CLOSE_GROUP_OF[reason] != "system":
        raise Refused(
            _("사람이 보거나 들은 확인이 있어야 종결합니다. 다시 온 자료는 확인이 아닙니다.")
        )
    if not note.strip():
        raise Refused(_("확인 없이 종결하는 까닭을 적어 주세요."))


def ends_at_the_door(*, found_state: str, reason: str) -> bool:
    """Whether what a responder found may end the case without an operator: a final state, with a
    reason that does not tell of another one. Somebody who is well and at risk is for a person."""
    if found_state not in FINAL_FOUND or reason not in CLOSE_GROUP_OF:
        return False
    if found_state == FoundState.DEATH or reason == CloseReason.DEATH:
        return found_state == FoundState.DEATH and reason == CloseReason.DEATH
    if found_state == FoundState.EMS_119:
        return reason != CloseReason.FINE
    return CLOSE_GROUP_OF[reason] == "explained"


class UnfitNote(Refused):
    """The sentence belongs to the field of the words."""


def tells_of_trouble(*, found_state: str, reason: str) -> bool:
    """Whether what a responder found, or took for its reason, is no all-clear."""
    return found_state in FOUND_TROUBLE or CLOSE_GROUP_OF.get(reason) == "true"


def check_finding(*, found_state: str, found_reason: str, reason: str, note: str) -> None:
    """Raise `UnfitNote` where the close (`reason`) says that all was well, the last responder had
    found that it was not (`found_state`, `found_reason`; "" where nobody did), and no word tells
    what came of it."""
    trouble = tells_of_trouble(found_state=found_state, reason=found_reason)
    if not trouble or CLOSE_GROUP_OF.get(reason) == "true" or note.strip():
        return
    labels = [str(FoundState(found_state).label)]
    if found_reason:
        labels.append(str(CloseReason(found_reason).label))
    raise UnfitNote(
        _(
            "현장 확인 결과가 “%(found)s”이었습니다. 이 사유로 끝내려면 그 뒤에 어떻게 "
            "되었는지 ‘덧붙일 말’에 적어 주세요."
        )
        % {"found": " · ".join(labels)}
    )


def proves_life(*, reason: str, evidence_kind: str) -> bool:
    """Whether this close says that the person was seen or heard alive."""
    return evidence_kind in SEEN_OR_HEARD and reason != CloseReason.DEATH


# ── order of the queue ───────────────────────────────────────────────────────
PRIORITY_CRISIS = 1000  # a cry for help goes before everything
PRIORITY_RED = 500
PRIORITY_ANSWER = 200  # somebody spoke or pressed a key: a person should look soon
PRIORITY_YELLOW = 100
_RISK_EXTRA = {"high": 30, "medium": 20, "low": 10}


def priority(*, light: str, answer: str = "", risk_group: str | None = None) -> int:
    """Higher is more urgent; ties are broken by age (oldest first)."""
    base = PRIORITY_RED if light == Light.RED else PRIORITY_YELLOW
    if answer in CRISIS:
        base += PRIORITY_CRISIS
    elif answer in NEEDS_PERSON:
        base += PRIORITY_ANSWER
    return base + _RISK_EXTRA.get(risk_group or "", 0)


# ── questions asked of the tables ────────────────────────────────────────────
def next_case_state(state: str, event: str) -> str | None:
    """The state that `event` leads to, or None where the table has no such step."""
    return CASE.get((state, event))


def next_visit_state(state: str, event: str) -> str | None:
    return VISIT.get((state, event))


def case_events(state: str, roles: frozenset[str]) -> list[str]:
    """Events these roles may fire in this state: the buttons of a page (ownership apart)."""
    return [str(do) for (origin, do) in CASE if origin == state and roles & CASE_MAY[do]]


def visit_events(state: str, roles: frozenset[str]) -> list[str]:
    return [str(do) for (origin, do) in VISIT if origin == state and roles & VISIT_MAY[do]]
