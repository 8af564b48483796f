"""Who comes along on a visit: the five buttons on the phone, the words and the hint at the desk.

Whether two must go is the card's own rule (`visit_card.two_together`); here it is only asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dispatch.models import Visit
from dispatch.presenters.visit_card import two_of, two_together
from dispatch.rules import Company, VisitDo, VisitState, next_visit_state


@dataclass(frozen=True)
class Choice:
    code: str
    label: str
    is_said: bool


@dataclass(frozen=True)
class Buttons:
    """The question on the phone. `is_asked`: at the door, once, because two must go in and nobody
    is known to come along; it stands above the results and holds nobody up."""

    choices: list[Choice]
    is_at_door: bool
    is_asked: bool


def buttons(visit: Visit, *, now: datetime) -> Buttons | None:
    """None where the visit's table takes no answer: before the acceptance and after the end."""
    if next_visit_state(visit.state, VisitDo.COMPANY) is None:
        return None
    at_door = visit.state == VisitState.ON_SITE
    choices = [Choice(one.value, str(one.label), one == visit.company) for one in Company]
    return Buttons(choices, is_at_door=at_door, is_asked=at_door and _is_asked(visit, now=now))


def _is_asked(visit: Visit, *, now: datetime) -> bool:
    answered = visit.company_at_door or not _is_one(visit)
    return not answered and two_of(visit, now=now) is not None


def told(visit: Visit) -> tuple[str, str] | None:
    """Who comes or came along, with its label, as far as it was said; None also of a visit that
    ended before anybody was at the door."""
    if not visit.company or not (visit.is_open or visit.arrived_at):
        return None
    label = _("함께 가는 사람") if visit.is_open else _("함께 간 사람")
    alone = visit.company == Company.ALONE
    return label, _("동행 없음(혼자)") if alone else str(visit.get_company_display())


def hint(visit: Visit, *, log: Mapping[str, int], now: datetime) -> str:
    """What the desk is to look at: two must go in, and as far as we know one does. That nothing was
    said is told from the arrival on."""
    if not visit.is_open or not _is_one(visit):
        return ""
    if not visit.company and visit.state != VisitState.ON_SITE:
        return ""
    two = two_together(at=visit.arrived_at or now, log=log, answer=visit.case.answer)
    if two is None:
        return ""
    so = (
        _("혼자라고 했습니다. 함께 들어갈 사람이 없으면 112·119에 함께 가 달라고 요청해 주세요.")
        if visit.company
        else _("누구와 왔는지 말하지 않고 도착했습니다. 전화로 물어봐 주세요.")
    )
    return f"{two.label}: {so}"


def _is_one(visit: Visit) -> bool:
    return visit.company in ("", Company.ALONE)
