"""The queue column of the control board, and what it says about itself for a cheap poll."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case as When_
from django.db.models import (
    Count,
    F,
    IntegerField,
    Max,
    OuterRef,
    Prefetch,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dispatch.models import CallAttempt, CallKind, Case, CaseEvent, Step, StepKind, Visit
from dispatch.presenters import people, strips, timers
from dispatch.presenters.strips import Strip
from dispatch.presenters.timers import Countdown
from dispatch.rules import PRIORITY_CRISIS, CaseState, EventKind, Light
from households.models import Household
from monitoring.models import FeedIncident, HouseholdState

ROWS_SHOWN = 100
CLOSED_SHOWN = 5


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
    is_selected: bool
    is_unclaimed_red: bool
    version: int
    next_at: datetime | None
    timer: Countdown | None
    is_drill: bool = False


@dataclass(frozen=True)
class ClosedRow:
    uid: str
    at: datetime
    words: str


@dataclass(frozen=True)
class Line:
    """A number of the quiet screen; `url` opens the list it counts."""

    label: str
    count: int
    url: str


@dataclass(frozen=True)
class Job:
    icon: str
    title: str
    why: str
    url: str


@dataclass
class Board:
    rows: list[QueueRow]
    total: int
    red_count: int
    etag: str
    view: str = "queue"  # on a narrow screen: the queue, or the selected case
    last_closed_at: datetime | None = None
    closed_today: list[ClosedRow] = field(default_factory=list)
    closed_count: int = 0
    closed_url: str = ""
    quiet_jobs: list[Job] = field(default_factory=list)
    month_lines: list[Line] = field(default_factory=list)
    month_words: str = ""
    strips: list[Strip] = field(default_factory=list)

    @property
    def left_out(self) -> int:
        return self.total - len(self.rows)


def cases_in_order(user: Any, *, now: datetime) -> Any:
    """Open cases this person may see, the most urgent first.

    Nobody has them: cries for help, then reds. Then everything by light and answer (the hundreds
    of `priority`), how many feeds are silent together, how far the silence is beyond the person's
    own habit (the evidence, as of now), the survey's group, and age: the oldest first.
    """
    return (
        Case.objects.visible_to(user, now=now)
        .open()
        .annotate(
            # A held case waits for a feed, not for a person: it stands behind all others.
            turn=When_(
                When(held_by__isnull=False, then=Value(3)),
                When(priority__gte=PRIORITY_CRISIS, owner__isnull=True, then=Value(0)),
                When(light=Light.RED, owner__isnull=True, then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            ),
            band=F("priority") / 100,
            feeds_silent=Coalesce(F("household__monitoring_state__rests_on__len"), 0),
            beyond=Coalesce("household__monitoring_state__evidence", 0.0),
        )
        .order_by("turn", "-band", "-feeds_silent", "-beyond", "-priority", "opened_at", "id")
    )


def fingerprint(user: Any, *, now: datetime, selected: str) -> str:
    """A strong ETag of the queue: changes when a case, its log, its owner or an incident changes.

    Two queries and no decryption: this is all that a poll costs while nothing happens.
    """
    rows = (
        cases_in_order(user, now=now)
        .annotate(version=Max("events__id"))
        .values_list("pk", "version", "state", "light", "owner_id", "next_action_at")
    )
    day = timezone.localdate(now).isoformat()
    incidents = FeedIncident.objects.filter(closed_at=None).order_by("pk")
    out_of_order = list(incidents.values_list("pk", "households"))
    told = repr((user.pk, day, selected, list(rows), out_of_order))
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def board(user: Any, *, now: datetime, selected: str = "") -> Board:
    """The queue with its words. `selected` is the uid of the case in the middle column."""
    etag = fingerprint(user, now=now, selected=selected)
    ordered = cases_in_order(user, now=now)
    total = ordered.count()
    red_count = ordered.filter(light=Light.RED).count()
    rows = [
        _row(case, user, now=now, selected=selected) for case in _with_numbers(ordered)[:ROWS_SHOWN]
    ]
    shown = Board(rows=rows, total=total, red_count=red_count, etag=etag)
    shown.strips = strips.of(user, now=now)
    _add_closed(shown, user, now=now)
    return shown


def _with_numbers(cases: Any) -> Any:
    visits = Visit.objects.open().select_related("responder")
    return (
        cases.select_related("household__township", "owner", "assessment")
        .prefetch_related(Prefetch("visits", queryset=visits, to_attr="open_visits"))
        .annotate(
            version=Subquery(
                CaseEvent.objects.filter(case=OuterRef("pk")).order_by("-id").values("id")[:1]
            ),
            ai_done=_number_of(CallAttempt, kind=CallKind.AI, ended_at__isnull=False),
            ai_steps=_number_of(Step, kind=StepKind.AI_CALL),
            desk_calls=_number_of(CaseEvent, kind=EventKind.CALL_RECORDED),
        )
    )


def _number_of(model: Any, **filters: Any) -> Coalesce:
    """How many rows of that kind hang on the case; a subquery, because joins would multiply."""
    rows = model.objects.filter(case=OuterRef("pk"), **filters).order_by()
    return Coalesce(Subquery(rows.values("case").annotate(n=Count("pk")).values("n")), 0)


def _row(case: Any, user: Any, *, now: datetime, selected: str) -> QueueRow:
    visit = case.open_visits[0] if case.open_visits else None
    reasons: Sequence[str] = case.assessment.reasons if case.assessment else []
    return QueueRow(
        uid=str(case.uid),
        light=case.light,
        name=people.name_for(case, user),
        who=people.who(case.household, now=now),
        why=_why(case, reasons),
        status=_status(case, visit),
        owner=case.owner.name if case.owner else "",
        is_mine=people.is_owner(case, user),
        is_selected=str(case.uid) == selected,
        is_unclaimed_red=(case.light == Light.RED and case.owner_id is None and not case.is_held),
        version=case.version or 0,
        next_at=case.next_action_at,
        timer=timers.of_case(case, visit=visit, now=now),
        is_drill=case.drill,
    )


def _why(case: Case, reasons: Sequence[str]) -> str:
    """The resident's own answer goes before what the data say."""
    words = [str(case.get_answer_display())] if case.answer else []
    return " · ".join([*words, *(str(reason) for reason in reasons)]) or _("사람이 직접 연 건")


def _status(case: Any, visit: Visit | None) -> str:
    if case.is_held:
        return str(EventKind.FEED_HELD.label)
    if case.state == CaseState.AI_CALL:
        return _("AI 전화 %(done)d/%(all)d · 자동") % {"done": case.ai_done, "all": case.ai_steps}
    if case.state == CaseState.CLAIMED:
        return _("관제 전화 %(n)d번") % {"n": case.desk_calls}
    if case.state == CaseState.VISITING and visit is not None:
        return _("현장 %(state)s · %(who)s") % {
            "state": visit.get_state_display(),
            "who": visit.responder.name,
        }
    return str(case.get_state_display())


def _add_closed(shown: Board, user: Any, *, now: datetime) -> None:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    closed = Case.objects.visible_to(user, now=now).filter(state=CaseState.CLOSED)
    today = closed.filter(closed_at__gte=midnight).order_by("-closed_at")
    shown.closed_count = today.count()
    shown.closed_today = [
        ClosedRow(
            uid=str(case.uid),
            at=case.closed_at,
            words=f"{case.get_evidence_kind_display()} · {case.get_close_reason_display()}",
        )
        for case in today[:CLOSED_SHOWN]
    ]
    shown.last_closed_at = closed.aggregate(at=Max("closed_at"))["at"]
    shown.closed_url = list_url(state="closed")


def add_quiet(shown: Board, user: Any, *, now: datetime) -> None:
    """What an operator can look after while no case is selected."""
    month = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    cases = Case.objects.visible_to(user, now=now)
    since = {"opened_from": f"{month:%Y-%m-%d}", "drill": "no"}
    opened = cases.filter(opened_at__gte=month, drill=False)
    shown.month_words = _("%(m)d. 1.부터") % {"m": month.month}
    shown.month_lines = [
        Line(_("열린 건"), opened.count(), list_url(**since)),
        Line(_("긴급"), opened.filter(light=Light.RED).count(), list_url(light="red", **since)),
        Line(
            _("끝난 건"),
            opened.filter(state=CaseState.CLOSED).count(),
            list_url(state="closed", **since),
        ),
    ]
    shown.quiet_jobs = _jobs(cases)


def _jobs(cases: Any) -> list[Job]:
    by_key = cases.auto_closed_unconfirmed().count()
    jobs = []
    if by_key:
        title = ngettext("AI 통화로 저절로 끝난 건 %(n)d", "AI 통화로 저절로 끝난 건 %(n)d", by_key)
        jobs.append(
            Job(
                icon="phone",
                title=title % {"n": by_key},
                why=_("본인이 1번을 눌러 끝났고 아직 사람이 보지 않았습니다. 기록을 확인합니다."),
                url=list_url(closed_how="unconfirmed"),
            )
        )
    silent = HouseholdState.objects.filter(
        light="grey", household__in=Household.objects.watched()
    ).count()
    if silent:
        jobs.append(
            Job(
                icon="power",
                title=_("자료가 없는 가구 %(n)d") % {"n": silent},
                why=_("신호등을 알 수 없습니다. 읍·면 담당자에게 확인을 부탁합니다."),
                url=f"{reverse('households:list')}?light=grey",
            )
        )
    jobs.append(
        Job(
            icon="list",
            title=_("지난 건 살펴보기"),
            why=_("종결 사유와 근거가 빠짐없이 적혔는지 확인합니다."),
            url=list_url(state="closed"),
        )
    )
    return jobs


def list_url(**filters: str) -> str:
    """The case list with these filters in its address."""
    address = reverse("dispatch:cases")
    return f"{address}?{urlencode(filters)}" if filters else address
