"""What the household's page shows: open follow-ups and needs, the last finished ones, the forms."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import request_scope
from dispatch.follow_up.actions import WRITERS
from dispatch.follow_up.forms import FollowUpForm, NeedForm
from dispatch.models import FollowUp, FollowUpResult, NeedNote
from dispatch.presenters import people
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


def reads(roles: frozenset[str]) -> bool:
    """Whether somebody with these roles reads the sealed words: who looks after the person does;
    the county's official counts and plans, and sees that there are some."""
    return bool(roles & people.READERS)


def of(request: HttpRequest, household: Household) -> dict[str, Any]:
    """The panel of the registry."""
    now = clock.now()
    mine = FollowUp.objects.visible_to(request.user, now=now).filter(household=household)
    needs = NeedNote.objects.visible_to(request.user, now=now).filter(household=household)
    listed = [*mine.filter(done_at__isnull=True), *_last_done(mine)]
    scope = request_scope(request)
    may = bool(scope.roles & WRITERS) and scope.covers(household.township_id)
    may_read, told = reads(scope.roles), needs.select_related("noted_by")[:SHOWN]
    due = local_day(now) + USUAL
    return {
        "household": household,
        "follow_ups": [row(one, household, may_read=may_read, now=now) for one in listed],
        "needs": [_need(one, household, may_read=may_read) for one in told],
        "may_write": may,
        "results": FollowUpResult.choices,
        "follow_form": FollowUpForm(initial={"due_on": due}),
        "need_form": NeedForm(),
    }


def _last_done(rows: Any) -> list[FollowUp]:
    return list(rows.filter(done_at__isnull=False).order_by("-done_at")[:SHOWN])


def row(one: FollowUp, household: Household, *, may_read: bool, now: datetime) -> Row:
    is_open = one.done_at is None
    said = one.note if is_open else one.result_note
    return Row(
        uid=str(one.uid),
        title=f"{weekday(one.due_on)} {one.get_how_display()}",
        words=_words(household, said, may_read=may_read),
        is_open=is_open,
        is_late=is_open and one.due_on < local_day(now),
        result=str(one.get_result_display()),
    )


def _words(household: Household, sealed: bytes, *, may_read: bool) -> str:
    """What was written, or that something was."""
    if may_read or not sealed:
        return household.unseal(bytes(sealed))
    return _("내용 있음 (관제요원과 읍·면 담당자가 봅니다)")


def _need(one: NeedNote, household: Household, *, may_read: bool) -> Need:
    return Need(
        uid=str(one.uid),
        title=str(one.get_kind_display()),
        words=_words(household, one.note, may_read=may_read),
        is_met=one.met_at is not None,
        said=f"{day(one.noted_at)} {one.noted_by.name}",
    )
