"""What would happen to this person: a plan played for one light, group and moment, minute by
minute, if nobody answers and nobody takes the case."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.notify.quiet import end_of_span, next_at
from dispatch.models import StepKind
from dispatch.plans.schema import Ladder, Plan, Rung, Who
from dispatch.rules import Light


@dataclass(frozen=True)
class Line:
    """One thing that happens, so many minutes after the light."""

    minutes: int
    at: datetime
    kind: str  # opened | quiet | ai_call | desk | ring | again | visit
    words: str


@dataclass(frozen=True)
class Compared:
    """A line of two plans: `mark` is "same", "new" (only in the draft) or "gone"."""

    line: Line
    mark: str


def preview(plan: Plan, *, light: str, group: str | None, at: datetime) -> list[Line]:
    """Everything that would happen after this light at `at`, in order."""
    ladder = plan.ladder(light=light, group=group, at=at)
    lines = [_line(at, at, "opened", _("신호가 켜지고 건이 열립니다"))]
    start = _allowed(ladder, at)  # quiet hours move the whole ladder to the morning
    if start > at:
        lines.append(_quiet(at, at))
    waits_from = at
    calls = 0
    for step in sorted(ladder.steps, key=_desk_first):
        moment = start + timedelta(minutes=step.minutes)
        if step.kind == StepKind.AI_CALL:
            calls += 1
            if (morning := _allowed(ladder, moment)) > moment:
                lines.append(_quiet(at, moment))
                start += morning - moment  # and what is left of it when they begin on the way
            words = _("AI가 본인에게 %(n)d번째로 전화합니다") % {"n": calls}
            lines.append(_line(at, morning, "ai_call", words))
        else:
            waits_from = at if light == Light.RED else _desk_at(ladder, step, at, moment)
            lines.append(_line(at, waits_from, "desk", _desk_words(calls)))
    lines += _chain(ladder, at, waits_from)
    return sorted(lines, key=lambda line: line.minutes)


def _allowed(ladder: Ladder, moment: datetime) -> datetime:
    """The first moment from this one on at which the person may be rung."""
    if ladder.quiet is None:
        return moment
    return end_of_span(moment, *ladder.quiet) or moment


def _desk_first(step: Rung) -> tuple[int, bool]:
    """In the same minute the desk does not wait for what the quiet hours do to a call."""
    return step.minutes, step.kind == StepKind.AI_CALL


def _desk_at(ladder: Ladder, step: Rung, opened: datetime, moment: datetime) -> datetime:
    """The desk does not wait for a second night (dispatch.plan.shift_over_night)."""
    if ladder.quiet is None:
        return moment
    latest = next_at(opened, ladder.quiet[1]) + timedelta(minutes=step.minutes)
    return min(moment, latest)


def _desk_words(calls: int) -> str:
    """After the last call the desk does not wait for its minute (dispatch.calls.go_on)."""
    if calls == 0:
        return _("관제 대기열에 오릅니다. 근무 중인 관제요원에게 알립니다")
    return _(
        "늦어도 이때 관제 대기열에 오르고 근무 중인 관제요원에게 알립니다."
        " 마지막 AI 전화가 끝나면 기다리지 않고 바로 오릅니다"
    )


def _quiet(at: datetime, moment: datetime) -> Line:
    return _line(at, moment, "quiet", _("조용한 시간이라 아침까지 전화하지 않습니다"))


def _chain(ladder: Ladder, at: datetime, waits_from: datetime) -> list[Line]:
    lines = []
    for link in ladder.unclaimed:
        words = _("아무도 맡지 않으면 %(who)s에게 전화합니다") % {"who": Who(link.who).label}
        moment = waits_from + timedelta(minutes=link.minutes)
        lines.append(_line(at, moment, "ring", words))
    last = ladder.unclaimed[-1]
    again = waits_from + timedelta(minutes=last.minutes + ladder.ring_again_minutes)
    words = _("누가 맡을 때까지 %(n)d분마다 %(who)s에게 다시 전화합니다") % {
        "n": ladder.ring_again_minutes,
        "who": Who(last.who).label,
    }
    lines.append(_line(at, again, "again", words))
    return lines


def _line(at: datetime, moment: datetime, kind: str, words: str) -> Line:
    return Line(int((moment - at).total_seconds() // 60), moment, kind, words)


def compare(draft: list[Line], standing: list[Line]) -> list[Compared]:
    """Both lists as one, in order: what stays, what is new, what falls away."""
    ours, theirs = set(draft), set(standing)
    found = [Compared(line, "same" if line in theirs else "new") for line in draft]
    found += [Compared(line, "gone") for line in standing if line not in ours]
    return sorted(found, key=lambda one: (one.line.minutes, one.mark))
