"""How far a signal went: the questions by which lists filter and reports count, asked once.

A figure of a report and the list that it opens use the same condition, so they cannot differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from dispatch.models import CaseEvent, Visit
from dispatch.rules import SEEN_OR_HEARD, CaseState, EventKind, EvidenceKind, FoundState, Light


@dataclass(frozen=True)
class Path:
    """One question about a case; `definition` tells an official what is counted."""

    key: str
    label: Any
    definition: Any
    condition: Callable[[], Q]


def _reached_a_person() -> Q:
    asked = CaseEvent.objects.filter(
        case=OuterRef("pk"), kind__in=[EventKind.HUMAN_ASKED, EventKind.CLAIMED]
    )
    return Q(light=Light.RED) | Q(Exists(asked))


def _somebody_arrived() -> Q:
    return Q(Exists(Visit.objects.filter(case=OuterRef("pk"), arrived_at__isnull=False)))


def _taken_by_119() -> Q:
    return Q(Exists(Visit.objects.filter(case=OuterRef("pk"), found_state=FoundState.EMS_119)))


# How far a signal went, in the order of the steps.
FUNNEL: tuple[Path, ...] = (
    Path(
        "ai",
        _("AI로 확인"),
        _("본인이 AI 전화에서 1번을 눌러 끝난 건."),
        lambda: Q(evidence_kind=EvidenceKind.RESIDENT_KEY),
    ),
    Path("desk", _("관제로 넘어감"), _("긴급이었거나 사람에게 넘어간 건."), _reached_a_person),
    Path("visit", _("현장 방문"), _("출동한 사람이 문 앞에 도착한 건."), _somebody_arrived),
    Path("ems", _("119 연계"), _("현장에서 119로 옮긴 건."), _taken_by_119),
)
PATHS: tuple[Path, ...] = (
    *FUNNEL,
    Path(
        "confirmed",
        _("본인을 확인하고 종결"),
        _("사람을 만났거나, 목소리를 들었거나, 본인이 대답한 뒤 끝난 건."),
        lambda: Q(state=CaseState.CLOSED, evidence_kind__in=SEEN_OR_HEARD),
    ),
)
BY_KEY = {path.key: path for path in PATHS}


@dataclass(frozen=True)
class Span:
    """How long a closed case took: longer than `over`, up to `upto` (None: without end)."""

    key: str
    label: Any
    over: timedelta
    upto: timedelta | None

    def condition(self) -> Q:
        since = Q(closed_at__isnull=False)
        if self.over:
            since = Q(closed_at__gt=F("opened_at") + self.over)
        return since & Q(closed_at__lte=F("opened_at") + self.upto) if self.upto else since

    def holds(self, took: timedelta) -> bool:
        """The same question of a span that was already read."""
        return (not self.over or took > self.over) and (self.upto is None or took <= self.upto)


_NONE, _HOUR = timedelta(0), timedelta(hours=1)
# Every closed case is in exactly one of these.
SPANS: tuple[Span, ...] = (
    Span("15m", _("15분"), _NONE, _HOUR / 4),
    Span("30m", _("30분"), _HOUR / 4, _HOUR / 2),
    Span("1h", _("1시간"), _HOUR / 2, _HOUR),
    Span("2h", _("2시간"), _HOUR, 2 * _HOUR),
    Span("4h", _("4시간"), 2 * _HOUR, 4 * _HOUR),
    Span("8h", _("8시간"), 4 * _HOUR, 8 * _HOUR),
    Span("later", _("그 뒤"), 8 * _HOUR, None),
)
LONG = Span("over4h", _("4시간 넘음"), 4 * _HOUR, None)
SPAN_BY_KEY = {span.key: span for span in (*SPANS, LONG)}
