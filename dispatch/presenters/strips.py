"""The lines over the desk's columns: what concerns every case, or waits for this person's word."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from dispatch.engine import pace
from dispatch.handover.offers import standing_offers
from dispatch.rules import CaseState
from monitoring.models import FeedIncident
from ui.words import clock_time, span

INCIDENTS_SHOWN = 3
LINE_FULL_S = 60.0


@dataclass(frozen=True)
class Strip:
    """`shortcut` is the key code that opens `url`, `letter` what stands on the key."""

    key: str
    icon: str
    title: str
    words: str = ""
    url: str = ""
    label: str = ""
    tone: str = "info"
    shortcut: str = ""
    letter: str = ""


def of_everybody(*, now: datetime) -> list[Strip]:
    """A line that is full, then feeds out of order. A few queries."""
    return [*_line(now), *_incidents()]


def offers(user: Any) -> list[Strip]:
    """What colleagues want to hand to this person."""
    standing = list(standing_offers(user))
    if not standing:
        return []
    givers = ", ".join(dict.fromkeys(one.giver.name for one in standing))
    title = _("%(who)s 님이 건 %(n)d개를 넘기려 합니다.")
    return [
        Strip(
            key="offers",
            icon="swap",
            title=title % {"who": givers, "n": len(standing)},
            words=_("받을 때까지는 넘기는 사람의 건입니다."),
            url=reverse("dispatch:handover"),
            label=_("보고 받기"),
            letter="O",
        )
    ]


def _line(now: datetime) -> list[Strip]:
    """After a mass event: how many wait for the telephone, and how long that will take."""
    waiting = pace.waiting(now)
    if waiting.seconds < LINE_FULL_S:
        return []
    words = {"n": waiting.calls, "span": span(timedelta(seconds=waiting.seconds))}
    return [
        Strip(
            key="line",
            icon="phone",
            tone="warn",
            title=_("AI 전화 %(n)d통이 차례를 기다립니다.") % words,
            words=_("모두 거는 데 약 %(span)s 걸립니다. 급한 건부터 겁니다.") % words,
        )
    ]


def _incidents() -> list[Strip]:
    """Each open incident with the cases that wait for it; beyond a few only how many more."""
    standing = (
        FeedIncident.objects.filter(closed_at=None)
        .select_related("township")
        .annotate(held=Count("held_cases", filter=~Q(held_cases__state=CaseState.CLOSED)))
        .order_by("-households", "id")
    )
    found = list(standing)
    strips = [_incident(one, first=n == 0) for n, one in enumerate(found[:INCIDENTS_SHOWN])]
    if len(found) > INCIDENTS_SHOWN:
        strips.append(
            Strip(
                key="incidents",
                icon="warning",
                tone="warn",
                title=_("그 밖의 자료 사고 %(n)d") % {"n": len(found) - INCIDENTS_SHOWN},
                url=reverse("monitoring:incidents"),
                label=_("모두 보기"),
            )
        )
    return strips


def _incident(one: Any, *, first: bool) -> Strip:
    place = one.township.name if one.township else _("군 전체")
    words = _("%(place)s · %(at)s부터 · %(n)d가구") % {
        "place": place,
        "at": clock_time(one.first_hour),
        "n": one.households,
    }
    if one.held:
        words += _(" · 이 자료에만 기댄 건 %(n)d개를 보류했습니다") % {"n": one.held}
    return Strip(
        key=f"incident-{one.uid}",
        icon=str(one.feed),
        tone="warn",
        title=_("%(feed)s 자료 사고") % {"feed": one.get_feed_display()},
        words=words,
        url=reverse("monitoring:incident", args=[one.uid]),
        label=_("사고 보기"),
        shortcut="KeyI" if first else "",
        letter="I" if first else "",
    )
