"""How far a signal went: the questions by which lists filter and reports count, asked once.

A figure of a report and the list that it opens use the same condition, so they cannot differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from dispatch.models import CaseEvent, Visit
from dispatch.rules import EventKind, EvidenceKind, FoundState, Light


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


PATHS: tuple[Path, ...] = (
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
BY_KEY = {path.key: path for path in PATHS}
