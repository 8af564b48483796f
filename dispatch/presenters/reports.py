"""What an operator must know while somebody reports on the telephone, and the reports of a case."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.masking import mask_phone
from dispatch import machine, reported
from dispatch.models import Case, DeskStep, StepKind
from dispatch.plans import in_force
from dispatch.plans.schema import Jump
from dispatch.presenters import people
from dispatch.rules import Light
from households.models import Household
from households.rules import State
from households.texts import show_phone
from ui.words import clock_time, moment


@dataclass(frozen=True)
class About:
    """`absence`: where the person is said to be; `then`: what writing the report does."""

    who: str
    case: Case | None
    absence: str
    then: str
    has_left: bool


def about(home: Household, user: Any, *, now: datetime) -> About:
    case = Case.objects.visible_to(user, now=now).open().filter(household=home).first()
    away = home.absences.away_at(now).order_by("-starts_at").first()
    absence = ""
    if away is not None:
        words = {"why": away.get_kind_display(), "until": moment(away.effective_end)}
        absence = _("%(why)s, %(until)s까지") % words
    return About(
        who=people.who(home, now=now, long=True),
        case=case,
        absence=absence,
        then=_then(home, case, now=now),
        has_left=home.enrolment.state == State.ENDED,
    )


def _then(home: Household, case: Case | None, *, now: datetime) -> str:
    """What the plan does with a report. The red ladder of this person may call at once as well."""
    if case is not None:
        return _("이 신고는 그 건에 더해지고, 주의 건이면 긴급으로 올라갑니다.")
    county = in_force(now).plan
    step = DeskStep(county.jumps[Jump.REPORT]).label
    said = _("저장하면 긴급 건이 바로 열리고, 관제는 ‘%(step)s’부터 시작합니다.") % {"step": step}
    ladder = county.ladder(light=Light.RED, group=machine.group_of(home.pk, now=now), at=now)
    if all(rung.kind != StepKind.AI_CALL for rung in ladder.steps):
        return said
    return f"{said} " + _(
        "대응 계획에 따라 AI도 본인에게 함께 전화합니다. 관제에서 맡으면 AI 전화는 멈춥니다."
    )


def lines(case: Case) -> list[str]:
    """What somebody saw who told the desk, for whoever goes to the door; never their number."""
    return [f"{one.reporter} {clock_time(one.at)}: {one.words}" for one in reported.of(case)]


@dataclass(frozen=True)
class Row:
    """One report beside the case. `number` is empty until it was revealed with a reason; `erased`:
    there was one, and its time is over."""

    uid: str
    title: str
    well: str
    words: str
    masked: str
    number: str
    number_words: str
    erased: bool


def rows(case: Case, user: Any, *, revealed: frozenset[str]) -> list[Row]:
    """For the owner of the case alone; everybody else reads the log."""
    if not people.is_owner(case, user):
        return []
    return [_row(one, shown=one.uid in revealed) for one in reported.of(case)]


def _row(one: reported.Told, *, shown: bool) -> Row:
    well = one.last_well_at
    number = one.phone if shown else ""
    return Row(
        uid=one.uid,
        title=f"{one.reporter} · {clock_time(one.at)}",
        well=_("마지막으로 본 때 %(at)s") % {"at": moment(well)} if well else "",
        words=one.words,
        masked=mask_phone(one.phone) if one.phone else "",
        number=number,
        number_words=show_phone(number) if number else "",
        erased=one.erased,
    )
