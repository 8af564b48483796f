"""The ladder of a case, and the one thing to do now."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from dispatch import plan
from dispatch.models import CallKind, Case, DeskStep, StepKind, StepState, Visit
from dispatch.presenters import people
from dispatch.rules import (
    CALL_URGENT,
    CRISIS,
    CallResult,
    CaseState,
    CloseReason,
    FoundState,
    VisitState,
    tells_of_trouble,
)
from ui.words import clock_time


@dataclass(frozen=True)
class Rung:
    label: str
    detail: str
    state: str = ""  # "done", "now" or nothing yet


@dataclass(frozen=True)
class Hint:
    when: str
    then: str


@dataclass(frozen=True)
class Now:
    """What to do now. `primary` names the page's one filled button."""

    title: str
    say: str
    primary: str
    hints: list[Hint] = field(default_factory=list)


@dataclass(frozen=True)
class Facts:
    """What the log says, counted once for the whole page."""

    ai_done: int
    ai_steps: int
    desk_calls: int
    last_result: str
    contacts: int
    data_until: datetime | None
    visit: Visit | None  # the latest one, open or ended
    ai_live: bool = False  # an AI call is on the line at this moment
    ai_next_at: datetime | None = None  # when the next one is due
    tries: int = 3  # calls by hand before contacts and a visit: the frozen plan's number
    contact_saw: bool = False  # a contact said last that they saw or heard the person
    asked_emergency: bool = False
    found_reason: str = ""  # CloseReason that whoever stood at the door last took for the reason


def ladder(case: Case, facts: Facts) -> list[Rung]:
    """자료 점검 → AI 전화 → 관제 전화 → 연락처 → 현장 방문 → 119·112."""
    now_at = _now_at(case, facts)
    done = _happened(facts)
    details = [
        _("%(at)s까지 받음") % {"at": clock_time(facts.data_until)} if facts.data_until else "–",
        _ai_words(facts),
        _("%(n)d/%(all)d") % {"n": facts.desk_calls, "all": facts.tries},
        _("%(n)d명") % {"n": facts.contacts} if facts.contacts else _("등록 없음"),
        str(facts.visit.get_state_display()) if facts.visit else _("아직 없음"),
        _("요청함") if facts.asked_emergency else _("아직 없음"),
    ]
    labels = [
        _("자료 점검"),
        _("AI 전화"),
        _("관제 전화"),
        _("연락처"),
        _("현장 방문"),
        _("119·112"),
    ]
    return [
        Rung(label, detail, _state(index, now_at, case) if index in (now_at, *done) else "")
        for index, (label, detail) in enumerate(zip(labels, details, strict=True))
    ]


def _ai_words(facts: Facts) -> str:
    if facts.ai_live:
        return _("거는 중")
    if facts.ai_done:
        return _("%(done)d/%(all)d 걸었음") % {"done": facts.ai_done, "all": facts.ai_steps}
    if facts.ai_next_at is not None:
        return _("%(at)s에 걺") % {"at": clock_time(facts.ai_next_at)}
    return _("걸지 않음")


def _happened(facts: Facts) -> list[int]:
    """Rungs on which something was really tried; a rung that was passed over has no tick."""
    tried = (
        facts.data_until,
        facts.ai_done or facts.ai_live,
        facts.desk_calls,
        False,
        facts.visit,
        facts.asked_emergency,
    )
    return [index for index, anything in enumerate(tried) if anything]


def _now_at(case: Case, facts: Facts) -> int:
    if case.state == CaseState.AI_CALL:
        return 1
    if case.state == CaseState.VISITING or facts.visit is not None:
        return 4
    if case.desk_step != DeskStep.CALL:
        return _RUNG_OF[case.desk_step]
    return 2 if facts.desk_calls < facts.tries else 3


# The rung on which the desk begins when a crisis jumped over the first ones.
_RUNG_OF = {
    DeskStep.CONTACT.value: 3,
    DeskStep.VISIT.value: 4,
    DeskStep.EMERGENCY.value: 5,
}


def _state(index: int, now_at: int, case: Case) -> str:
    if not case.is_open:
        return "done" if index <= now_at else ""
    if index < now_at:
        return "done"
    return "now" if index == now_at else ""


def now_box(case: Case, facts: Facts, user: Any) -> Now | None:
    """None where this person has nothing to do: somebody else has the case, or it is closed."""
    if not case.is_open:
        return None
    if case.is_held:
        return _held(case)
    if case.state == CaseState.AI_CALL:
        return _to_leave_to_ai(facts)
    if case.owner_id is None:
        return _to_claim(case)
    if not people.is_owner(case, user):
        return None
    then = next_of(case, facts)
    if then is not None and case.state == CaseState.CLAIMED and facts.visit is not None:
        _add_note(then, case, facts.visit)
    return then


def _add_note(then: Now, case: Case, visit: Visit) -> None:
    """What the responder wrote, where the decision is made and not only far down in the log."""
    if visit.state == VisitState.DONE and visit.note:
        note = case.household.unseal(bytes(visit.note))
        then.hints.insert(0, Hint(_("현장에서 적은 말"), note))


def next_of(case: Case, facts: Facts) -> Now | None:
    """What whoever has this case is to do next; None for a closed one."""
    if not case.is_open:
        return None
    if case.state == CaseState.VISITING and facts.visit is not None:
        return _to_wait(facts.visit)
    if facts.visit is not None and facts.visit.state == VisitState.DONE:
        return _to_decide(facts.visit, facts.found_reason)
    return _to_call(case, facts)


def _held(case: Case) -> Now:
    until = clock_time(case.held_until) if case.held_until else ""
    return Now(
        title=_("자료 사고로 보류"),
        say=_(
            "이 건이 기댄 자료에 사고가 나서 AI 전화와 다음 단계를 멈추었습니다. "
            "자료가 돌아오면 다시 살피고, 늦어도 %(at)s에는 사람에게 넘깁니다."
        )
        % {"at": until},
        primary="claim",
        hints=[Hint(_("맡으면"), _("보류가 풀립니다. 걱정되면 기다리지 말고 맡아 주세요."))],
    )


def _to_leave_to_ai(facts: Facts) -> Now:
    """The ladder calls by itself and ends at the desk: claiming is allowed, and not asked for."""
    hint = (
        _("기다리지 말고 맡아도 됩니다. 맡으면 울리던 AI 전화는 끊깁니다.")
        if facts.ai_live
        else _("기다리지 말고 맡아도 됩니다. 맡으면 AI는 더 걸지 않습니다.")
    )
    return Now(
        title=_("없음"),
        say=f"{_ai_at_work(facts)} {_('지금 할 일은 없습니다.')}",
        primary="",
        hints=[
            Hint(_("걱정되면"), hint),
            Hint(_("답이 없으면"), _("AI 전화를 모두 건 뒤 관제로 넘어옵니다.")),
        ],
    )


def _ai_at_work(facts: Facts) -> str:
    """Whether the telephone rings now, or when it will."""
    if facts.ai_live:
        return _("AI가 지금 전화하고 있습니다.")
    if facts.ai_next_at is not None:
        return _("다음 AI 전화는 %(at)s입니다.") % {"at": clock_time(facts.ai_next_at)}
    return _("AI 전화가 끝나고 다음 단계로 넘어갑니다.")


def _to_claim(case: Case) -> Now:
    answer = case.answer and str(case.get_answer_display())
    say = _("먼저 이 건을 맡아 주세요. 맡으면 이름이 보이고 전화할 수 있습니다.")
    hints = [Hint(_("긴급은"), _("60초 안에 맡는 것이 목표입니다."))]
    if answer:
        hints.insert(0, Hint(_("본인 대답"), answer))
    return Now(title=_("맡기"), say=say, primary="claim", hints=hints)


def _to_wait(visit: Visit) -> Now:
    hints = [Hint(_("기다리는 동안"), _("본인과 연락처에 다시 걸어 볼 수 있습니다."))]
    if visit.state != VisitState.ON_SITE:
        hints.append(Hint(_("못 간다고 하면"), _("건이 돌아옵니다. 다른 사람을 보내 주세요.")))
    return Now(
        title=str(visit.get_state_display()),
        say=_waiting_for(visit),
        primary="",
        hints=hints,
    )


def _waiting_for(visit: Visit) -> str:
    who = {"who": visit.responder.name}
    if visit.state == VisitState.ASSIGNED:
        return _("%(who)s 님에게 보냈습니다. 수락을 기다립니다.") % who
    if visit.state == VisitState.ON_SITE and visit.arrived_at is not None:
        told = {**who, "at": clock_time(visit.arrived_at)}
        return _("%(who)s 님이 %(at)s에 도착했습니다. 확인 결과가 여기에 바로 나옵니다.") % told
    return _("%(who)s 님이 현장을 맡았습니다. 도착과 확인 결과가 여기에 바로 나옵니다.") % who


def _to_decide(visit: Visit, reason: str) -> Now:
    found = str(visit.get_found_state_display())
    if reason:
        found = f"{found} · {CloseReason(reason).label}"
    safe = Hint(_("안전은"), _("사람이 보거나 들은 것만 안전입니다."))
    if not tells_of_trouble(found_state=visit.found_state, reason=reason):
        say = _("현장 확인 결과는 “%(found)s”입니다. 다시 보내거나, 근거를 적고 종결해 주세요.")
        primary = "close" if visit.found_state == FoundState.MET_SAFE else "send"
        return Now(_("현장 결과 보고 결정"), say % {"found": found}, primary, [safe])
    say = _(
        "현장 확인 결과는 “%(found)s”입니다. 119·112나 도울 기관에 알릴지 먼저 정하고, "
        "어떻게 되었는지 적은 뒤 종결해 주세요."
    )
    help_first = Hint(_("위급하면"), _("119·112 확인 요청(E)을 먼저 합니다."))
    return Now(_("현장 결과 보고 결정"), say % {"found": found}, "close", [help_first, safe])


def _to_help(case: Case) -> Now:
    """Somebody asked for help. A drill never reaches 119."""
    if case.drill:
        title, say = _("현장 출동 보내기"), _("도움이 필요합니다. 바로 현장 출동을 보내 주세요.")
    else:
        title = _("119에 알리고 출동 보내기")
        say = _("도움이 필요합니다. 119에 먼저 알리고 바로 현장 출동을 보내 주세요.")
    hints = [Hint(_("통화 중이면"), _("끊지 말고 말을 이어 가 주세요."))]
    return Now(title=title, say=say, primary="send", hints=hints)


def _to_call(case: Case, facts: Facts) -> Now:
    if (closing := _known_to_be_safe(facts)) is not None:
        return closing
    if case.desk_step == DeskStep.EMERGENCY and not facts.asked_emergency and not case.drill:
        return Now(
            title=_("119·112에 신변확인 요청"),
            say=_(
                "생명이 위급할 수 있습니다. 119나 112에 먼저 요청하고 현장 출동을 함께 보내 주세요."
            ),
            primary="emergency",
            hints=[Hint(_("통화 중이면"), _("끊지 말고 말을 이어 가 주세요."))],
        )
    if facts.last_result in CALL_URGENT or case.answer in CRISIS:
        return _to_help(case)
    if facts.desk_calls >= facts.tries or case.desk_step == DeskStep.VISIT:
        called = _("%(n)d번 걸었지만 닿지 않았습니다.") % {"n": facts.desk_calls}
        return Now(
            title=_("방문 결정"),
            say=(f"{called} " if facts.desk_calls else "")
            + _("연락처에 묻고 현장 방문을 결정해 주세요."),
            primary="send",
            hints=[Hint(_("연락처가 보았다면"), _("보거나 들은 사람과 때를 적고 종결합니다."))],
        )
    return _ring(case, facts)


def _known_to_be_safe(facts: Facts) -> Now | None:
    """The person, or somebody who saw or heard them, said that they are well."""
    if facts.last_result == CallResult.SAFE:
        return Now(
            title=_("종결"),
            say=_("본인이 안전하다고 했습니다. 누가 어떻게 확인했는지 적고 종결해 주세요."),
            primary="close",
        )
    if facts.contact_saw:
        return Now(
            title=_("종결"),
            say=_(
                "연락처가 본인을 보거나 들었다고 합니다. 누가 언제 어떻게 확인했는지 적어 주세요."
            ),
            primary="close",
            hints=[
                Hint(_("멀리 있다면"), _("부재를 먼저 적으면 돌아올 때까지 다시 울리지 않습니다."))
            ],
        )
    return None


def _ring(case: Case, facts: Facts) -> Now:
    return Now(
        title=_("%(n)d번째 전화") % {"n": facts.desk_calls + 1},
        say=_("“연천군 안부 확인 센터입니다. %(name)s 님, 지금 몸은 괜찮으신가요?”")
        % {"name": case.household.name},
        primary="call",
        hints=[
            Hint(_("받으면"), _("숨차거나 말이 느리면 2, 죽음·자해 말은 끊지 말고 3을 누릅니다.")),
            Hint(
                _("안 받으면"),
                _("연락처에 묻고, %(n)d번째에도 안 되면 방문을 보냅니다.") % {"n": facts.tries},
            ),
        ],
    )


def facts_of(
    case: Case,
    *,
    last_result: str,
    desk_calls: int,
    contacts: int,
    data_until: datetime | None,
    contact_saw: bool = False,
    asked_emergency: bool = False,
    found_reason: str = "",
) -> Facts:
    visit = case.visits.select_related("responder").order_by("-assigned_at", "-id").first()
    ai_calls = case.steps.filter(kind=StepKind.AI_CALL)
    to_come = ai_calls.filter(state=StepState.PENDING).order_by("due_at")
    return Facts(
        ai_live=case.calls.filter(kind=CallKind.AI, ended_at__isnull=True).exists(),
        ai_next_at=to_come.values_list("due_at", flat=True).first(),
        ai_done=case.calls.filter(kind=CallKind.AI, ended_at__isnull=False).count(),
        ai_steps=ai_calls.count(),
        desk_calls=desk_calls,
        last_result=last_result,
        contacts=contacts,
        data_until=data_until,
        visit=visit,
        tries=plan.number(case, "tries"),
        contact_saw=contact_saw,
        asked_emergency=asked_emergency,
        found_reason=found_reason,
    )
