"""Cases of the demo county's past months: a report, a claim, a call, mostly a visit, an end.

Made with the verbs of the desk and the field, each with the moment at which it happened, so that
the times of response have months behind them. Nobody of the story is among these people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.db import transaction

from accounts.models import User
from accounts.notify import inbox
from dispatch import actions
from dispatch.models import Case
from dispatch.rules import CallResult, CloseReason, EvidenceKind, FoundState
from households.models import Household

SEOUL = ZoneInfo("Asia/Seoul")
MOST = 12
LEARNT_BY = timedelta(days=3)  # after the first day: nobody is reported on the day of joining
SETTLED = timedelta(days=3)  # before the story begins everything is long closed
REPORT = "이웃 신고: 며칠째 보이지 않습니다. (시연용)"
ON_THE_PHONE = (CloseReason.OUTING, CloseReason.PHONE, CloseReason.WORK)
AT_THE_DOOR = (CloseReason.FINE, CloseReason.PHONE, CloseReason.ILLNESS, CloseReason.SLEEP)


@dataclass(frozen=True)
class _Team:
    operator: User
    responder: User


def make_past_cases(
    homes: Sequence[Household], people: dict[str, User], *, first: date, today: date, seed: int
) -> int:
    """One closed case of each of `homes`, at most MOST, spread over the days between. Returns how
    many it made; whoever has had a case is passed over. Every case is one transaction: whoever
    looks meanwhile sees it closed, and no telephone rings."""
    chosen = homes[:MOST]
    done = set(Case.objects.values_list("household_id", flat=True))
    made = 0
    begin, end = first + LEARNT_BY, today - SETTLED
    for number, home in enumerate(chosen):
        if home.pk in done:
            continue
        rng = np.random.default_rng([seed, number, 17])
        day = begin + (end - begin) * number // max(len(chosen) - 1, 1)
        at = datetime.combine(day, time(), SEOUL)
        at += timedelta(hours=int(rng.integers(9, 19)), minutes=int(rng.integers(60)))
        team = _Team(people["operator"], people[("responder", "responder2")[number % 2]])
        with transaction.atomic():
            _one_case(home, team, rng, at=at, by_phone=number % 3 == 0, number=number)
        made += 1
    for person in people.values():  # they were read at the time
        inbox.mark_read(user=person, now=datetime.combine(today, time(), SEOUL))
    return made


def _one_case(
    home: Household,
    team: _Team,
    rng: np.random.Generator,
    *,
    at: datetime,
    by_phone: bool,
    number: int,
) -> None:
    """From the neighbour's report to the end, each step some minutes after the one before."""

    def later(least: int, most: int) -> datetime:
        nonlocal at
        at += timedelta(seconds=int(rng.integers(60 * least, 60 * most)))
        return at

    case = actions.open_case(household=home, by=team.operator, now=at, note=REPORT)
    actions.claim(case=case, by=team.operator, now=later(1, 6))
    result = CallResult.SAFE if by_phone else CallResult.NO_ANSWER
    actions.record_call(case=case, by=team.operator, result=result, now=later(1, 4))
    if by_phone:
        actions.close(
            case=case,
            by=team.operator,
            reason=ON_THE_PHONE[number % len(ON_THE_PHONE)],
            evidence_kind=EvidenceKind.SPOKE,
            note="",
            now=later(1, 5),
        )
        return
    visit = actions.send_responder(
        case=case, responder=team.responder, by=team.operator, now=later(2, 8)
    )
    actions.accept_visit(visit=visit, by=team.responder, now=later(1, 5))
    actions.depart(visit=visit, by=team.responder, now=later(2, 8))
    actions.arrive(visit=visit, by=team.responder, now=later(9, 28))
    reason = AT_THE_DOOR[number % len(AT_THE_DOOR)]
    ill = reason == CloseReason.ILLNESS  # which the operator decides
    actions.tell_found(
        visit=visit,
        by=team.responder,
        found_state=FoundState.MET_NEEDS_HELP if ill else FoundState.MET_SAFE,
        close_reason=reason,
        note="",
        now=later(4, 15),
    )
    if ill:
        actions.close(
            case=case,
            by=team.operator,
            reason=reason,
            evidence_kind=EvidenceKind.SEEN,
            note="",
            now=later(5, 10),
        )
