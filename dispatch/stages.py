"""The stages of a case in words, and which cases came to one or missed its goal: what the page of
times counts and the list of cases opens, asked once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from dispatch import goals, times
from dispatch.paths import Span

SAFE = "safe"
LABELS: dict[str, tuple[Any, Any]] = {
    "detect": (_("알아챔"), _("신호등이 켜진 때부터 건이 열릴 때까지")),
    "first_try": (_("첫 시도"), _("건이 열린 때부터 AI나 사람의 첫 전화까지")),
    "claim": (_("맡음"), _("사람에게 넘어온 때부터 관제요원이 맡을 때까지")),
    "human": (_("사람"), _("건이 열린 때부터 관제요원이 맡을 때까지")),
    "dispatch": (_("출동 결정"), _("건이 열린 때부터 출동을 보낼 때까지")),
    "on_site": (
        _("현장 도착"),
        _("출동을 보낸 때부터 문 앞에 설 때까지. 불러들였다가 다시 보내면 다시 보낸 때부터"),
    ),
    SAFE: (_("안전 확인"), _("건이 열린 때부터 본인을 보거나 듣고 종결할 때까지")),
}
"""(name, what is measured) of each stage of `times.NAMES`, in the order in which they happen."""


@dataclass(frozen=True)
class Choice:
    """`goal`: the place of the goal that was missed (goals.in_force); None: came to the stage."""

    stage: str
    goal: int | None = None

    @property
    def key(self) -> str:
        return self.stage if self.goal is None else f"{self.stage}-late-{self.goal + 1}"


CHOICES: dict[str, tuple[Choice, Any]] = {
    **{
        name: (
            Choice(name),
            format_lazy("{name}: {words}", name=label, words=_("이 단계까지 간 건")),
        )
        for name, (label, _what) in LABELS.items()
    },
    **{
        choice.key: (choice, label)
        for choice, label in (
            (Choice("claim", 0), _("맡음: 목표를 넘긴 건")),
            (Choice("on_site", 0), _("현장 도착: 목표를 넘긴 건")),
            (Choice("on_site", 1), _("현장 도착: 늦어도 목표를 넘긴 건")),
        )
    },
}
"""By key: what to ask, and its words."""


def among(case_ids: Iterable[int], key: str, *, now: datetime) -> list[int]:
    """Those of these cases that a number of the page of times counts; drills never are."""
    choice, _words = CHOICES[key]
    if choice.goal is None:
        return times.reached(case_ids, choice.stage)
    goal = goals.in_force(now)[choice.stage][choice.goal]
    return times.slower(case_ids, choice.stage, goal.seconds, now=now)


def safe_within(case_ids: Iterable[int], span: Span) -> list[int]:
    """Those of these cases whose time to safety lies in this span."""
    return [
        one.case
        for one in times.case_times(case_ids)
        if one.safe is not None and span.holds(timedelta(seconds=one.safe))
    ]
