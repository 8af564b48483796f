"""The wall: counts and waiting times for everybody in the room, without a single name."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from dispatch import duty
from dispatch.models import Case, Duty
from dispatch.presenters import board_bar, timers
from dispatch.presenters.board_bar import FeedBadge
from dispatch.presenters.timers import Countdown
from dispatch.rules import CaseState, Light
from households.days import day_start, local_day
from monitoring.models import FeedIncident


@dataclass(frozen=True)
class Number:
    """One big number. `tone` is "red" only for reds that nobody has."""

    label: str
    count: int
    words: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Wall:
    first: list[Number]
    states: list[Number]
    today: list[Number]
    waiting: Countdown | None
    feeds: list[FeedBadge]
    incidents: int
    on_duty: list[Number]
    drills: int


def of(user: Any, *, now: datetime) -> Wall:
    """Everything on the wall: a fixed number of queries, whatever is going on."""
    counted = _counts(user, now=now)
    feeds = board_bar.feeds(now=now)
    on_duty = [Number(str(kind.label), len(duty.on_shift(kind, now=now))) for kind in Duty]
    incidents = FeedIncident.objects.filter(closed_at=None).count()
    return Wall(
        first=[
            Number(
                _("담당 없는 긴급"),
                counted["unclaimed_red"],
                tone="red" if counted["unclaimed_red"] else "",
            ),
            Number(_("열린 긴급"), counted["red"]),
            Number(_("열린 주의"), counted["yellow"]),
        ],
        states=[Number(str(state.label), counted[state.value]) for state in _SHOWN],
        today=[
            Number(_("오늘 열린 건"), counted["opened_today"]),
            Number(_("오늘 끝난 건"), counted["closed_today"]),
        ],
        waiting=timers.waiting_since(counted["oldest"]),
        feeds=feeds,
        incidents=incidents,
        on_duty=on_duty,
        drills=counted["drills"],
    )


_SHOWN = (CaseState.AI_CALL, CaseState.WAITING, CaseState.CLAIMED, CaseState.VISITING)


def _counts(user: Any, *, now: datetime) -> dict[str, Any]:
    """Two aggregates. Drills stand apart."""
    visible = Case.objects.visible_to(user, now=now)
    real = visible.open().filter(drill=False)
    unclaimed = Q(owner=None, held_by=None)
    counted: dict[str, Any] = real.aggregate(
        red=Count("pk", filter=Q(light=Light.RED)),
        yellow=Count("pk", filter=Q(light=Light.YELLOW)),
        unclaimed_red=Count("pk", filter=unclaimed & Q(light=Light.RED)),
        oldest=Min("queued_at", filter=unclaimed),
        **{state.value: Count("pk", filter=Q(state=state)) for state in _SHOWN},
    )
    midnight = day_start(local_day(now))
    counted |= visible.filter(Q(opened_at__gte=midnight) | Q(closed_at__gte=midnight)).aggregate(
        opened_today=Count("pk", filter=Q(opened_at__gte=midnight, drill=False)),
        closed_today=Count("pk", filter=Q(closed_at__gte=midnight, drill=False)),
    )
    counted["drills"] = visible.open().filter(drill=True).count()
    return counted


def fingerprint(wall: Wall, *, now: datetime) -> str:
    """Changes when a number changes, and every minute for the words of time."""
    told = repr((wall, f"{now:%Y-%m-%d %H:%M}"))
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'
