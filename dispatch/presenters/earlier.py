"""Other cases of the same home: how they ended helps with this one."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dispatch.models import Case
from dispatch.presenters.queue import list_url
from ui.words import moment

SHOWN = 3


@dataclass(frozen=True)
class OtherCase:
    uid: str
    words: str


@dataclass(frozen=True)
class Earlier:
    """The latest earlier cases, the newest first; `url` lists all when there are more."""

    cases: list[OtherCase] = field(default_factory=list)
    url: str = ""
    following: OtherCase | None = None  # the case that a relapse opened after this one


def of(case: Case, user: Any, *, now: datetime) -> Earlier:
    """Only what this person may see. One question, a second one for a closed case."""
    mine = Case.objects.visible_to(user, now=now).filter(household_id=case.household_id)
    found = list(mine.filter(pk__lt=case.pk).order_by("-opened_at", "-id")[: SHOWN + 1])
    following = None if case.is_open else mine.filter(previous=case).order_by("id").first()
    return Earlier(
        cases=[_other(one) for one in found[:SHOWN]],
        url=list_url(household=str(case.household.uid)) if len(found) > SHOWN else "",
        following=_other(following) if following else None,
    )


def _other(case: Case) -> OtherCase:
    ending = case.get_state_display() if case.is_open else case.get_close_reason_display()
    return OtherCase(uid=str(case.uid), words=f"{moment(case.opened_at)} {ending}")
