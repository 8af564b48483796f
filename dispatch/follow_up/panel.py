"""What the household's page shows: open follow-ups and needs, the last finished ones, the forms."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from accounts import clock
from accounts.access import request_scope
from dispatch.follow_up.actions import WRITERS
from dispatch.follow_up.forms import FollowUpForm, NeedForm
from dispatch.models import FollowUp, FollowUpResult, NeedNote
from households.days import local_day
from households.models import Household
from ui.words import day, weekday

SHOWN = 5
USUAL = timedelta(days=7)


@dataclass(frozen=True)
class Row:
    """One follow-up. `words` is what shall be looked at, or what was found."""

    uid: str
    title: str
    words: str
    is_open: bool
    is_late: bool
    result: str


@dataclass(frozen=True)
class Need:
    uid: str
    title: str
    words: str
    is_met: bool
    said: str


def of(request: HttpRequest, household: Household) -> dict[str, Any]:
    """The panel of the registry."""
    now = clock.now()
    mine = FollowUp.objects.visible_to(request.user, now=now).filter(household=household)
    needs = NeedNote.objects.visible_to(request.user, now=now).filter(household=household)
    listed = [*mine.filter(done_at__isnull=True), *_last_done(mine)]
    scope = request_scope(request)
    may = bool(scope.roles & WRITERS) and scope.covers(household.township_id)
    due = local_day(now) + USUAL
    return {
        "household": household,
        "follow_ups": [row(one, household, now=now) for one in listed],
        "needs": [_need(one, household) for one in needs.select_related("noted_by")[:SHOWN]],
        "may_write": may,
        "results": FollowUpResult.choices,
        "follow_form": FollowUpForm(initial={"due_on": due}),
        "need_form": NeedForm(),
    }


def _last_done(rows: Any) -> list[FollowUp]:
    return list(rows.filter(done_at__isnull=False).order_by("-done_at")[:SHOWN])


def row(one: FollowUp, household: Household, *, now: datetime) -> Row:
    is_open = one.done_at is None
    said = one.note if is_open else one.result_note
    return Row(
        uid=str(one.uid),
        title=f"{weekday(one.due_on)} {one.get_how_display()}",
        words=household.unseal(bytes(said)),
        is_open=is_open,
        is_late=is_open and one.due_on < local_day(now),
        result=str(one.get_result_display()),
    )


def _need(one: NeedNote, household: Household) -> Need:
    return Need(
        uid=str(one.uid),
        title=str(one.get_kind_display()),
        words=household.unseal(bytes(one.note)),
        is_met=one.met_at is not None,
        said=f"{day(one.noted_at)} {one.noted_by.name}",
    )
