"""What the page of handovers shows: my cases, what is offered to me, and the state of the house."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import duty
from dispatch.handover.offers import open_visits, standing_offers
from dispatch.models import Case, Duty, Handover, HandoverState
from dispatch.presenters import case_log, people, timers
from dispatch.presenters.queue import list_url
from dispatch.presenters.timers import Countdown
from dispatch.shifts.gaps import shifts_between
from households.days import day_start, local_day
from households.models import Absence
from monitoring.models import FeedIncident


@dataclass(frozen=True)
class Line:
    """One case to hand over. `offer` is the standing one, if there is any."""

    uid: str
    number: str
    light: str
    name: str
    who: str
    state: str
    step: str
    is_late: bool
    timer: Countdown | None
    offer: Handover | None


@dataclass(frozen=True)
class Offered:
    """A colleague's case, as it is read back before it is taken."""

    uid: str
    line: Line
    giver: str
    at: datetime
    note: str


@dataclass(frozen=True)
class Fact:
    """A number the next shift should know; `url` opens its list."""

    label: str
    count: int
    url: str


def mine(user: User, *, now: datetime) -> list[Line]:
    """Open cases of this person, the overdue first."""
    cases = (
        Case.objects.open()
        .filter(owner=user)
        .select_related("household__township", "owner")
        .prefetch_related(open_visits("visits"))
    )
    offers = {
        offer.case_id: offer
        for offer in Handover.objects.filter(
            case__in=cases, giver=user, state=HandoverState.OFFERED
        ).select_related("taker")
    }
    then = case_log.whats_next(list(cases))
    lines = [
        _line(case, user, offers.get(case.pk), step=then.get(case.pk, ""), now=now)
        for case in cases
    ]
    return sorted(lines, key=lambda line: not line.is_late)


def offered(user: User, *, now: datetime) -> list[Offered]:
    standing = list(standing_offers(user))
    then = case_log.whats_next([one.case for one in standing])
    return [
        Offered(
            uid=str(one.uid),
            line=_line(one.case, user, None, step=then.get(one.case_id, ""), now=now),
            giver=one.giver.name,
            at=one.offered_at,
            note=one.case.household.unseal(bytes(one.note)) if one.note else "",
        )
        for one in standing
    ]


def _line(case: Any, user: User, offer: Handover | None, *, step: str, now: datetime) -> Line:
    visit = case.open_visits[0] if case.open_visits else None
    return Line(
        uid=str(case.uid),
        number=case.number,
        light=case.light,
        name=people.name_for(case, user),
        who=people.who(case.household, now=now),
        state=str(case.get_state_display()),
        step=step,
        is_late=case.next_action_at is not None and case.next_action_at <= now,
        timer=timers.of_case(case, visit=visit, now=now),
        offer=offer,
    )


def facts(user: User, *, now: datetime) -> list[Fact]:
    """Beyond the cases: what else goes from one shift to the next."""
    visible = Case.objects.visible_to(user, now=now)
    midnight = day_start(local_day(now))
    return [
        Fact(_("담당 없는 건"), visible.open().filter(owner=None).count(), list_url(state="open")),
        Fact(
            _("확인할 자동 종결"),
            visible.auto_closed_unconfirmed().count(),
            list_url(closed_how="unconfirmed"),
        ),
        Fact(
            _("자료 사고"),
            FeedIncident.objects.filter(closed_at=None).count(),
            reverse("monitoring:incidents"),
        ),
        Fact(
            _("지금 부재"),
            Absence.objects.away_at(now).count(),
            reverse("households:list") + "?away=on",
        ),
        Fact(
            _("오늘 열린 건"),
            visible.filter(opened_at__gte=midnight, drill=False).count(),
            list_url(opened_from=f"{local_day(now):%Y-%m-%d}"),
        ),
    ]


@dataclass(frozen=True)
class OnDuty:
    label: str
    names: str
    planned: bool


def on_duty_now(*, now: datetime) -> list[OnDuty]:
    """Who is on for each duty; a gap says so."""
    rows = []
    for kind in Duty:
        people_on = duty.on_shift(kind, now=now)
        names = ", ".join(person.name for person in people_on)
        rows.append(OnDuty(str(kind.label), names or _("계획 없음"), bool(people_on)))
    return rows


def next_shift_of(user: User, *, now: datetime) -> Any:
    """This person's next shift within the year, or the one that is on."""
    planned = shifts_between(now, now + timedelta(days=366))
    return next((shift for shift in planned if shift.user_id == user.pk), None)
