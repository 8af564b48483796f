"""Who hears of a feed in trouble: the partner who sends it, and the operators; once each."""

from datetime import datetime
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, RoleGrant, User
from accounts.notify import notify, register_kind
from accounts.roles import Role
from accounts.scope import holders
from households.models import Feed
from monitoring import feeds
from monitoring.models import FeedIncident, IncidentKind, PartnerToken

_BOTH = ("inbox", "sms")
# What is said of a feed: (kind, to whom, line of the inbox, short message, channels). The partner
# has no page of incidents, so its text carries no address.
_TEXTS: tuple[tuple[str, str, Any, Any, tuple[str, ...]], ...] = (
    (
        "late",
        "desk",
        _("{feed} 자료가 늦습니다. 이 자료에만 기댄 건을 보류합니다."),
        _("[연천군 신호등] {feed} 자료가 정한 때까지 오지 않았습니다. {link}"),
        _BOTH,
    ),
    (
        "outage",
        "desk",
        _("한 지역의 {feed} 자료가 함께 끊겼습니다. 이 자료에만 기댄 건을 보류합니다."),
        _("[연천군 신호등] 한 지역의 {feed} 자료가 함께 끊겼습니다. {link}"),
        _BOTH,
    ),
    (
        "back",
        "desk",
        _("{feed} 자료가 다시 옵니다. 보류한 건을 다시 살핍니다."),
        _("[연천군 신호등] {feed} 자료가 다시 옵니다. {link}"),
        ("inbox",),
    ),
    (
        "late",
        "partner",
        _("{feed} 자료가 정한 때까지 오지 않았습니다. 보내는 쪽을 확인해 주세요."),
        _("[연천군 신호등] {feed} 자료가 정한 때까지 오지 않았습니다. 확인해 주세요."),
        _BOTH,
    ),
    (
        "outage",
        "partner",
        _("한 지역의 {feed} 자료가 함께 끊겼습니다. 설비를 확인해 주세요."),
        _("[연천군 신호등] 한 지역의 {feed} 자료가 함께 끊겼습니다. 확인해 주세요."),
        _BOTH,
    ),
)
NAMES: dict[str, Any] = {
    Feed.POWER.value: _("전력"),
    Feed.TELECOM.value: _("통신"),
    Feed.APP.value: _("돌봄앱"),
}


def register_kinds() -> None:
    """A kind of message per feed, so that the text can name it; called when the app starts."""
    for feed in Feed:
        name = NAMES.get(feed.value, feed.label)
        for what, whom, subject, sms, channels in _TEXTS:
            # Only the name is filled in here; {link} is filled in when a message is sent.
            said = {"feed": name, "link": "{link}"}
            register_kind(
                _kind(feed.value, what, whom),
                str(format_lazy(subject, **said)),
                str(format_lazy(sms, **said)),
                channels=channels,
            )


def _kind(feed: str, what: str, whom: str) -> str:
    return f"monitoring.{feed}_{what}_{whom}"


def tell_opened(incident: FeedIncident, *, now: datetime) -> None:
    """The desk and the partner, in the transaction that opens the incident."""
    what = "late" if incident.kind == IncidentKind.LATE else "outage"
    _tell(_operators(now), incident, what, "desk", now)
    _tell(_partners(incident.feed, now), incident, what, "partner", now)


def tell_closed(incident: FeedIncident, *, now: datetime) -> None:
    _tell(_operators(now), incident, "back", "desk", now)


def _operators(now: datetime) -> list[User]:
    """Whoever is at the desk; without anybody there, the county."""
    return holders(Role.CONTROL_OPERATOR, now=now) or holders(Role.COUNTY_OFFICIAL, now=now)


def organisations(feed: str, *, at: datetime) -> list[Organisation]:
    """Who sends the feed: the connector's partner and whoever holds a key to it."""
    codes = [one.partner for one in feeds.all() if one.feed == feed]
    keys = PartnerToken.objects.valid(at=at).filter(feed=feed).values("organisation")
    found = Organisation.objects.filter(code__in=codes) | Organisation.objects.filter(pk__in=keys)
    return list(found.order_by("name").distinct())


def _partners(feed: str, now: datetime) -> list[User]:
    """The reviewers of the organisations that send the feed; some have none."""
    grants = RoleGrant.objects.current(at=now).filter(
        role=Role.PARTNER_REVIEWER, organisation__in=organisations(feed, at=now)
    )
    return list(User.objects.filter(pk__in=grants.values("user_id")).order_by("pk"))


def _tell(people: list[User], incident: FeedIncident, what: str, whom: str, now: datetime) -> None:
    path = f"/feeds/incidents/{incident.uid}/" if whom == "desk" else "/"
    for person in people:
        notify(
            to=person,
            kind=_kind(incident.feed, what, whom),
            link_path=path,
            now=now,
            subject_uid=str(incident.uid),
        )
