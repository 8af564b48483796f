"""훈련: test cases that nobody announced, on homes that exist for nothing else.

A drill walks the whole ladder: the AI rings, the desk takes it, somebody may be sent. So it may
only happen to a home whose every telephone is a verified one of our own staff, that no feed
watches, and that no figure counts. It never reaches 119 (dispatch.emergency refuses it).
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import audit
from accounts.crypto import phone_index
from accounts.models import User
from dispatch import opening
from dispatch.models import Case, DrillHome
from dispatch.rules import AskReason, Light, Refused
from dispatch.shifts.actions import may_plan
from households.models import Household
from households.rules import WATCHED_STATES


def may_drill(user: User, *, now: datetime) -> bool:
    """The county, and the lead of the shift that is on."""
    return may_plan(user, now=now)


def is_drill_home(household: Household) -> bool:
    return DrillHome.objects.filter(household=household, ended_at=None).exists()


def homes() -> QuerySet[DrillHome]:
    """Homes a drill may be opened for."""
    return DrillHome.objects.filter(ended_at=None).select_related("household__township")


@transaction.atomic
def mark_home(*, household: Household, by: User, now: datetime) -> DrillHome:
    """Say that this home is for drills only. `Refused` unless it can hurt nobody."""
    _require(by, now=now)
    household = Household.objects.select_for_update(of=("self",), no_key=True).get(pk=household.pk)
    _check_home(household)
    if household.cases.filter(drill=False).exists():
        raise Refused(_("실제 건이 있던 가구입니다. 훈련에는 새로 등록한 가구를 써 주세요."))
    home, _new = DrillHome.objects.get_or_create(
        household=household, defaults={"made_at": now, "made_by": by}
    )
    if home.ended_at is not None:
        home.ended_at = None
        home.save(update_fields=["ended_at"])
    _log(household, by, now, what="drill_home")
    return home


@transaction.atomic
def open_drill(*, home: DrillHome, by: User, now: datetime) -> Case:
    """Open a red case that is a drill. The people on duty hear of it as of any other."""
    _require(by, now=now)
    household = Household.objects.select_for_update(of=("self",), no_key=True).get(
        pk=home.household_id
    )
    if not is_drill_home(household):
        raise Refused(_("훈련 가구가 아닙니다."))
    _check_home(household)
    if Case.objects.open().filter(household=household).exists():
        raise Refused(_("이 가구의 훈련이 아직 끝나지 않았습니다."))
    case = opening.open_new(
        household=household, light=Light.RED, now=now, reason=AskReason.RED, drill=True
    )
    # Who opened it is for the access log alone: the desk must not read it off the timeline.
    _log(household, by, now, what="drill_opened", case=case.number)
    return case


def _check_home(household: Household) -> None:
    if household.enrolment.state in WATCHED_STATES:
        raise Refused(_("관제 중인 대상자의 집으로는 훈련할 수 없습니다."))
    numbers = [household.phone, *(c.phone for c in household.contacts.current())]
    if not all(_is_of_staff(number) for number in numbers):
        raise Refused(
            _(
                "대상자와 연락처의 번호가 모두 확인된 직원 번호여야 합니다. "
                "실제 주민에게는 걸지 않습니다."
            )
        )


def _is_of_staff(number: str) -> bool:
    index = phone_index(number, purpose="staff_phone")
    return (
        bool(index)
        and User.objects.filter(
            phone_index=index,
            phone_verified_at__isnull=False,
            is_active=True,
            ended_at__isnull=True,
        ).exists()
    )


def _require(by: User, *, now: datetime) -> None:
    if not may_drill(by, now=now):
        raise Refused(_("훈련은 군 담당자와 근무조장만 엽니다."))


def _log(household: Household, by: User, now: datetime, **detail: str) -> None:
    audit.record(
        actor=by,
        action="changed",
        subject_kind="household",
        subject_uid=str(household.uid),
        now=now,
        detail=detail,
    )
