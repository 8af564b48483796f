"""The dark bar of the desk: how fresh each feed is; and the list of keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dispatch.models import Case
from households.models import Feed
from monitoring import feed_health
from monitoring.feed_telling import NAMES
from ui.words import ago

_FEED_ICONS: dict[str, str] = {
    Feed.POWER.value: "power",
    Feed.TELECOM.value: "telecom",
    Feed.APP.value: "app",
}

KEYS: tuple[tuple[str, object], ...] = (
    ("J · K", gettext_lazy("다음 건 · 이전 건")),
    ("C", gettext_lazy("고른 건 맡기")),
    ("G", gettext_lazy("가장 새 긴급 건을 바로 맡기")),
    ("P", gettext_lazy("본인에게 전화 걸기")),
    ("L", gettext_lazy("번호를 보고 직접 걸기")),
    ("1 ~ -", gettext_lazy("통화 결과, 그려진 순서대로")),
    ("N", gettext_lazy("메모 적기")),
    ("D", gettext_lazy("출동 보내기")),
    ("H", gettext_lazy("다른 관제요원에게 인계 요청")),
    ("B", gettext_lazy("부재 적기")),
    ("E", gettext_lazy("119·112 신변확인 요청")),
    ("A", gettext_lazy("AI 전화 멈추기")),
    ("X", gettext_lazy("종결")),
    ("I", gettext_lazy("자료 사고 보기")),
    ("O", gettext_lazy("인수인계 화면")),
    ("S", gettext_lazy("주민 신고 적기")),
    ("R", gettext_lazy("다시 잇기·다시 저장")),
    ("Esc", gettext_lazy("열린 상자 닫기")),
    ("?", gettext_lazy("이 안내")),
)


@dataclass(frozen=True)
class FeedBadge:
    icon: str
    label: str
    words: str
    late: bool


@dataclass(frozen=True)
class Operator:
    name: str
    initial: str
    words: str
    is_me: bool


def owners() -> list[tuple[int, str, int]]:
    """Whoever has an open case now: key, name, how many."""
    owned = Case.objects.open().filter(owner__isnull=False).order_by("owner__name", "owner_id")
    counted = owned.values("owner_id", "owner__name").annotate(n=Count("pk"))
    return list(counted.values_list("owner_id", "owner__name", "n"))


def operators(user: Any, owners: list[tuple[int, str, int]]) -> list[Operator]:
    """The viewer, and whoever else has an open case now."""
    mine = sum(n for pk, _name, n in owners if pk == user.pk)
    me = Operator(user.name, user.name[:1], _("나 · 담당 %(n)d") % {"n": mine}, True)
    others = [
        Operator(name, name[:1], _("담당 %(n)d") % {"n": n}, False)
        for pk, name, n in owners
        if pk != user.pk
    ]
    return [me, *others]


def feeds(*, now: datetime) -> list[FeedBadge]:
    """How far each feed reaches; one that never delivered is left out, but for electricity."""
    came = feed_health.arrivals()
    late = feed_health.late_feeds(came, now=now)
    badges = []
    for feed, icon in _FEED_ICONS.items():
        until = came[feed]["until"]
        if until is not None:
            said = ago(until, now)
            badges.append(FeedBadge(icon, str(NAMES[feed]), said, feed in late))
        elif feed == Feed.POWER:
            badges.append(FeedBadge(icon, str(NAMES[feed]), _("아직 없음"), True))
    return badges
