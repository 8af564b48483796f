"""One card per feed: whose it is, when it last came, when it should come next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from households.models import Feed
from monitoring import feed_telling, schedules
from monitoring.feed_health import FeedHealth
from monitoring.presenters.deliveries import ICONS
from ui import words


@dataclass(frozen=True)
class Card:
    """`facts`: (word, value) pairs, in the order of reading."""

    feed: str
    label: str | Promise
    icon: str
    partner: str
    tag: str
    kind: str
    facts: list[tuple[str, str]]
    deliveries_url: str
    calendar_url: str


def of(health: Mapping[str, FeedHealth], *, now: datetime) -> list[Card]:
    return [_card(Feed(feed), state, now) for feed, state in health.items()]


def _card(feed: Feed, state: FeedHealth, now: datetime) -> Card:
    tag, kind = _tag(state)
    names = feed_telling.organisations(feed.value, at=now)
    return Card(
        feed=feed.value,
        label=feed.label,
        icon=ICONS[feed.value],
        partner=", ".join(one.name for one in names),
        tag=tag,
        kind=kind,
        facts=_facts(feed, state, now),
        deliveries_url=f"{reverse('monitoring:deliveries')}?feed={feed.value}",
        calendar_url=f"{reverse('monitoring:calendar')}?feed={feed.value}",
    )


def _tag(state: FeedHealth) -> tuple[str, str]:
    if state["last_delivery_s"] is None:
        return _("기다림"), ""
    return (_("늦음"), "warn") if state["late"] else (_("제때 옴"), "ok")


def _facts(feed: Feed, state: FeedHealth, now: datetime) -> list[tuple[str, str]]:
    schedule = schedules.in_words(feed.value, now=now)
    coming = schedules.next_expected(feed.value, now=now)
    facts = [(_("약속"), schedule)]
    if state["last_delivery_s"] is None:
        return [*facts, (_("마지막 파일"), _("아직 없음"))]
    last = now - timedelta(seconds=state["last_delivery_s"])
    facts.append((_("마지막 파일"), words.ago(last, now)))
    if state["data_until"]:
        until = datetime.fromisoformat(state["data_until"])
        facts.append((_("자료가 온 데까지"), words.moment(until)))
    facts.append((_("다음 파일"), words.moment(coming)))
    return facts
