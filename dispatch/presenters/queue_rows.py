"""The rows of the queue: drawn once for everybody who sees the same cases, and kept while their
case does not move.

A row for everybody is masked and says nothing of who looks. The few rows that an operator owns are
drawn for them, with the name.
"""

import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from dispatch.models import CallAttempt, CallKind, Case, CaseEvent, Step, StepKind, Visit
from dispatch.presenters import company, people, timers
from dispatch.presenters.timers import Countdown
from dispatch.rules import (
    CallResult,
    CallStatus,
    CaseState,
    EventKind,
    FoundState,
    Light,
    Reporter,
)

KEPT_S = 20.0
"""After that at most a drawn row, and what stands around the rows, is too old to be used once more:
what changes without a line in the log (a corrected name, a birthday) is shown then, within twice
that. Rows drawn together do not grow old together: nobody should wait for a hundred of them."""


@dataclass(frozen=True)
class QueueRow:
    uid: str
    light: str
    name: str
    who: str
    why: str
    status: str
    owner: str
    is_mine: bool
    is_unclaimed_red: bool
    version: int
    next_at: datetime | None
    timer: Countdown | None
    on_line: str = ""  # what the AI's telephone does: in place of the timer, or beside it
    is_drill: bool = False


@dataclass(frozen=True)
class Drawn:
    """One row as everybody sees it. `html` is the link; its list item is the page's."""

    pk: int
    uid: str
    owner_id: int | None
    is_unclaimed_red: bool
    pieces: tuple[str, ...]  # between them stands the instant its timers count from
    mark: tuple[Any, ...]  # what the row depends on
    fresh_until: float  # monotonic seconds

    def at(self, instant: str) -> SafeString:
        """The row with its timers counting from there; `instant` as `written` gives it."""
        return mark_safe(f'data-now="{instant}"'.join(self.pieces))


def draw(
    marks: dict[int, tuple[Any, ...]], kept: dict[int, Drawn], *, now: datetime
) -> list[Drawn]:
    """The rows of these cases in this order; those in `kept` whose mark is the same are not drawn
    again. `marks`: {pk of a case: what its row depends on}."""
    at = time.monotonic()
    fresh = {
        pk: kept[pk]
        for pk, mark in marks.items()
        if pk in kept and kept[pk].mark == mark and kept[pk].fresh_until > at
    }
    missing = [pk for pk in marks if pk not in fresh]
    for case in _cases(missing):
        fresh[case.pk] = _drawn(case, marks[case.pk], now=now)
    return [fresh[pk] for pk in marks if pk in fresh]


def own(pks: Iterable[int], user: Any, *, now: datetime) -> dict[int, SafeString]:
    """{pk: the row} of cases of this operator, drawn for them: with the name."""
    return {case.pk: _html(row_of(case, user, now=now), now=now) for case in _cases(list(pks))}


def _drawn(case: Any, mark: tuple[Any, ...], *, now: datetime) -> Drawn:
    row = row_of(case, None, now=now)
    return Drawn(
        pk=case.pk,
        uid=row.uid,
        owner_id=case.owner_id,
        is_unclaimed_red=row.is_unclaimed_red,
        pieces=tuple(_html(row, now=now).split(f'data-now="{written(now)}"')),
        mark=mark,
        fresh_until=time.monotonic() + KEPT_S * random.uniform(0.5, 1.0),
    )


def written(now: datetime) -> str:
    """As `{{ now|date:'c' }}` writes it."""
    return timezone.localtime(now).isoformat()


def _html(row: QueueRow, *, now: datetime) -> SafeString:
    return render_to_string("dispatch/_queue_row.html", {"row": row, "now": now})


def _cases(pks: Sequence[int]) -> Any:
    """Cases with what their rows say; three queries, none for an empty list."""
    if not pks:
        return []
    return _with_words().filter(pk__in=pks)


@cache
def _with_words() -> Any:
    """Put together once: that takes longer than asking for one row."""
    visits = Visit.objects.open().select_related("responder")
    return (
        Case.objects.all()
        .select_related("household__township", "owner", "assessment")
        .prefetch_related(Prefetch("visits", queryset=visits, to_attr="open_visits"))
        .annotate(
            version=Subquery(
                CaseEvent.objects.filter(case=OuterRef("pk")).order_by("-id").values("id")[:1]
            ),
            reporter=_latest_reporter(),
            found=_latest_finding(),
            ai_done=_number_of(CallAttempt, kind=CallKind.AI, ended_at__isnull=False),
            ai_steps=_number_of(Step, kind=StepKind.AI_CALL),
            desk_calls=_number_of(CaseEvent, kind=EventKind.CALL_RECORDED),
            ai_line=live_ai_call(),
            risky_calls=_number_of(
                CaseEvent,
                Q(data__callee="resident") | Q(data__callee__isnull=True),
                kind=EventKind.CALL_RECORDED,
                data__result=CallResult.RISK,
            ),
        )
    )


def live_ai_call() -> Subquery:
    """How the AI's call of a case stands that is not over, a code of CallStatus; None without one.
    By the household: that is an index of the few calls that are live."""
    live = CallAttempt.objects.filter(
        household=OuterRef("household_id"), case=OuterRef("pk"), kind=CallKind.AI, ended_at=None
    )
    return Subquery(live.order_by().values("status")[:1])


def line_words(state: str, status: str | None) -> str:
    """What the AI's telephone does, of a case in `state`; "" where the AI waits or has ended, and
    where a person has the case: its row tells what that person does."""
    if state not in (CaseState.AI_CALL, CaseState.WAITING) or status is None:
        return ""
    return {
        CallStatus.UNKNOWN.value: _("AI 전화가 걸렸는지 확인하는 중"),
        CallStatus.RINGING.value: _("AI 전화가 울리는 중"),
        CallStatus.IN_PROGRESS.value: _("AI가 통화하는 중"),
    }.get(status, _("AI가 전화를 거는 중"))


def _latest_reporter() -> Subquery:
    """Who reported last, as a code of Reporter; None where nobody did."""
    told = CaseEvent.objects.filter(case=OuterRef("pk"), kind=EventKind.REPORTED)
    return Subquery(told.order_by("-at", "-id").values("data__reporter")[:1])


def _latest_finding() -> Coalesce:
    """What the latest visit found, as a code of FoundState; "" where nobody has come back yet."""
    latest = Visit.objects.filter(case=OuterRef("pk")).order_by("-id").values("found_state")[:1]
    return Coalesce(Subquery(latest), Value(""))


def _number_of(model: Any, *which: Q, **filters: Any) -> Coalesce:
    """How many rows of that kind hang on the case; a subquery, because joins would multiply."""
    rows = model.objects.filter(*which, case=OuterRef("pk"), **filters).order_by()
    return Coalesce(Subquery(rows.values("case").annotate(n=Count("pk")).values("n")), 0)


def row_of(case: Any, user: Any, *, now: datetime) -> QueueRow:
    """The words of one row; `user` None: as everybody sees it."""
    visit = case.open_visits[0] if case.open_visits else None
    reasons: Sequence[str] = case.assessment.reasons if case.assessment else []
    mine = user is not None and people.is_owner(case, user)
    on_line = line_words(case.state, case.ai_line)
    # During a call of the AI alone the next action is to ask the company about it: nothing for a
    # person. A case that waits for one waits on.
    is_ai_alone = bool(on_line) and case.state == CaseState.AI_CALL
    return QueueRow(
        uid=str(case.uid),
        light=case.light,
        name=case.household.name if mine else case.household.masked_name,
        who=people.who(case.household, now=now),
        why=_why(case, reasons),
        status=_status(case, visit, now=now),
        owner=case.owner.name if case.owner else "",
        is_mine=mine,
        is_unclaimed_red=(case.light == Light.RED and case.owner_id is None and not case.is_held),
        version=case.version or 0,
        next_at=None if is_ai_alone else case.next_action_at,
        timer=None if is_ai_alone else timers.of_case(case, visit=visit, now=now),
        on_line=on_line,
        is_drill=case.drill,
    )


def _why(case: Any, reasons: Sequence[str]) -> str:
    """The resident's own answer and a report go before what the data say. The words of a report
    are sealed: the row says only that there is one, and by whom."""
    words = [str(case.get_answer_display())] if case.answer else []
    if case.reporter:
        words.append(_("주민 신고 · %(who)s") % {"who": Reporter(case.reporter).label})
    return " · ".join([*words, *(str(reason) for reason in reasons)]) or _("사람이 직접 연 건")


def _status(case: Any, visit: Visit | None, *, now: datetime) -> str:
    if case.is_held:
        return str(EventKind.FEED_HELD.label)
    if case.state == CaseState.AI_CALL:
        return _("AI 전화 %(done)d/%(all)d · 자동") % {"done": case.ai_done, "all": case.ai_steps}
    if case.state == CaseState.CLAIMED and case.found:
        return _("현장 %(found)s · 결정할 차례") % {"found": FoundState(case.found).label}
    if case.state == CaseState.CLAIMED:
        return _("관제 전화 %(n)d번") % {"n": case.desk_calls}
    if case.state == CaseState.VISITING and visit is not None:
        names = {"state": visit.get_state_display(), "who": visit.responder.name}
        if company.hint(visit, log={CallResult.RISK: case.risky_calls}, now=now):
            return _("현장 %(state)s · %(who)s · 동행 확인") % names
        return _("현장 %(state)s · %(who)s") % names
    return str(case.get_state_display())
