"""An incident as people read it: what, since when, where, how many homes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from households.days import local_day
from monitoring.models import FeedIncident, IncidentKind
from monitoring.presenters import spans
from monitoring.presenters.deliveries import ICONS
from monitoring.presenters.freshness import homes_url
from ui import words

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Row:
    incident: FeedIncident
    icon: str
    title: str
    where: str
    since: str
    length: str
    is_open: bool


@dataclass(frozen=True)
class Detail:
    row: Row
    what: str
    known: str
    ended: str
    effect: str
    next: str
    homes_url: str


def row(incident: FeedIncident, *, now: datetime) -> Row:
    is_open = incident.closed_at is None
    until = now if incident.last_hour is None else incident.last_hour + HOUR
    return Row(
        incident=incident,
        icon=ICONS[incident.feed],
        title=f"{incident.get_feed_display()} · {incident.get_kind_display()}",
        where=incident.township.name if incident.township else _("군 전체"),
        since=_("%(at)s부터") % {"at": spans.short(incident.first_hour)},
        length=words.span(until - incident.first_hour),
        is_open=is_open,
    )


def detail(incident: FeedIncident, *, now: datetime, doors: bool) -> Detail:
    """`doors`: whether the viewer may open the list of homes behind the number."""
    return Detail(
        row=row(incident, now=now),
        what=_what(incident),
        known=_("%(at)s에 알게 됨") % {"at": words.moment(incident.opened_at)},
        ended=_ended(incident),
        effect=_(
            "이 자료에만 기댄 건은 사고가 끝나거나 정한 시간이 지날 때까지 보류합니다. "
            "다른 자료로도 보이는 건과 자료가 정상인 가구는 그대로 살핍니다."
        ),
        next=_next(incident),
        homes_url=homes_url(
            feed=incident.feed,
            day=f"{local_day(incident.first_hour)}",
            township=incident.township_id or "",
            only="missing",
        )
        if doors
        else "",
    )


def _what(incident: FeedIncident) -> str:
    if incident.kind == IncidentKind.LATE:
        return _(
            "약속한 때가 지나도 자료가 오지 않습니다. 오지 않은 시간은 침묵으로 세지 않습니다."
        )
    return _(
        "이웃한 여러 집이 한꺼번에 조용해졌습니다. 정전이나 통신 장애로 보고, 이 시간은 "
        "사람의 침묵으로 세지 않습니다."
    )


def _ended(incident: FeedIncident) -> str:
    if incident.closed_at is None:
        return ""
    who = incident.closed_by.name if incident.closed_by else _("포털이 스스로")
    said = _("%(at)s에 %(who)s 끝냄") % {"at": words.moment(incident.closed_at), "who": who}
    return f"{said} · {incident.note}" if incident.note else said


def _next(incident: FeedIncident) -> str:
    if incident.closed_at is not None:
        return ""
    if incident.kind == IncidentKind.LATE:
        return _("협력기관에 연락해 언제 오는지 물어보세요. 자료가 오면 포털이 스스로 끝냅니다.")
    return _("한전이나 통신사에 장애를 확인하세요. 집들이 다시 움직이면 포털이 스스로 끝냅니다.")
