"""The queue column of the control board, and what it says about itself for a cheap poll."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dispatch.models import Case
from dispatch.presenters import board_bar, queue_rows, queue_shared, strips
from dispatch.presenters.board_bar import Operator
from dispatch.presenters.queue_shared import ClosedRow, Shared
from dispatch.presenters.strips import Strip
from dispatch.rules import CaseState, Light
from households.models import Household
from monitoring.models import HouseholdState


@dataclass(frozen=True)
class ShownRow:
    """One list item of the queue; `html` is its link."""

    uid: str
    html: SafeString
    is_selected: bool
    is_unclaimed_red: bool


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
    rows: list[ShownRow]
    total: int
    red_count: int
    etag: str
    newest: int = 0  # the newest line of the log in it
    view: str = "queue"  # on a narrow screen: the queue, or the selected case
    last_closed_at: datetime | None = None
    closed_today: list[ClosedRow] = field(default_factory=list)
    closed_count: int = 0
    closed_url: str = ""
    quiet_jobs: list[Job] = field(default_factory=list)
    month_lines: list[Line] = field(default_factory=list)
    month_words: str = ""
    strips: list[Strip] = field(default_factory=list)
    people: list[Operator] = field(default_factory=list)

    @property
    def left_out(self) -> int:
        return self.total - len(self.rows)


def etag_of(shared: Shared, user: Any, selected: str) -> str:
    """A strong ETag of the queue: changes when a case, its log, its owner or an incident changes.

    Nothing is decrypted, and most polls share what one of them found: see `queue_shared`.
    """
    told = f"{shared.etag} {user.pk} {selected}"
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def board(user: Any, *, now: datetime, selected: str = "", shared: Shared | None = None) -> Board:
    """The queue with its words. `selected` is the uid of the case in the middle column; `shared`:
    what the caller already found."""
    shared = queue_shared.drawn(shared or queue_shared.of(user, now=now), user, now=now)
    mine = queue_rows.own((row.pk for row in shared.rows if row.owner_id == user.pk), user, now=now)
    instant = queue_rows.written(now)
    rows = [
        ShownRow(
            uid=row.uid,
            html=mine.get(row.pk) or row.at(instant),
            is_selected=row.uid == selected,
            is_unclaimed_red=row.is_unclaimed_red,
        )
        for row in shared.rows
    ]
    asked = strips.offers(user) if user.pk in shared.offered_to else []
    return Board(
        rows=rows,
        total=shared.total,
        red_count=shared.red_count,
        etag=etag_of(shared, user, selected),
        newest=shared.newest,
        last_closed_at=shared.closed.last_at,
        closed_today=shared.closed.today,
        closed_count=shared.closed.count,
        closed_url=list_url(state="closed"),
        strips=[*asked, *shared.strips],
        people=board_bar.operators(user, shared.owners),
    )


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
                why=_(
                    "본인이 괜찮다고 답해 끝났고 아직 사람이 보지 않았습니다. 기록을 확인합니다."
                ),
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
    return [*jobs, *_always()]


def _always() -> list[Job]:
    """What is worth a look on any quiet day."""
    return [
        Job(
            icon="list",
            title=_("지난 건 살펴보기"),
            why=_("종결 사유와 근거가 빠짐없이 적혔는지 확인합니다."),
            url=list_url(state="closed"),
        ),
        Job(
            icon="clock",
            title=_("이번 달 대응 시간"),
            why=_("단계마다 얼마나 걸렸는지 목표와 견줍니다."),
            url=reverse("dispatch:times"),
        ),
    ]


def list_url(**filters: str) -> str:
    """The case list with these filters in its address."""
    address = reverse("dispatch:cases")
    return f"{address}?{urlencode(filters)}" if filters else address
