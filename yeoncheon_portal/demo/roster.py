"""Who is on duty in the demo county, and the home on which it trains.

The plan covers the history and the coming month, so that the wall, the handover and the chain find
people; one night in the next week has no operator: what a hole in the plan looks like.
"""

from datetime import date, datetime, time, timedelta

from accounts.models import Township, User
from dispatch import drills
from dispatch.models import DayKind, DrillHome, Duty, Shift
from dispatch.shifts.actions import Pattern, plan_pattern
from households import actions
from households.days import local_day
from households.models import Household

from .staff import account_of, phone_of

PLANNED = timedelta(days=30)
HOLE_AFTER = timedelta(days=5)  # from the first day of the story
DAY, NIGHT = (time(9), time(21)), (time(21), time(9))
# The operator a newcomer signs in as is always the one of the day.
TURNS: tuple[tuple[str, str, tuple[time, time]], ...] = (
    (Duty.OPERATOR.value, "operator", DAY),
    (Duty.OPERATOR.value, "operator2", NIGHT),
    (Duty.SHIFT_LEAD.value, "operator3", DAY),
    (Duty.SHIFT_LEAD.value, "operator4", NIGHT),
    (Duty.COUNTY_OFFICIAL.value, "official", DAY),
    (Duty.COUNTY_OFFICIAL.value, "official2", NIGHT),
)
DRILL_TOWNSHIP = "4180025000"


def plan_shifts(people: dict[str, User], *, first: date, today: date, now: datetime) -> None:
    """Shifts from `first` on, until a month after `today`. What is planned already is left as
    people have changed it: a later start only adds the days behind it."""
    last = today + PLANNED
    newest = Shift.objects.order_by("-starts_at").values_list("starts_at", flat=True).first()
    begin = first if newest is None else local_day(newest) + timedelta(days=1)
    hole = today + HOLE_AFTER if newest is None else None
    for duty, who, (since, until) in TURNS:
        spans = [(begin, last)]
        if hole is not None and (duty, who) == (Duty.OPERATOR, "operator2"):
            spans = [(begin, hole - timedelta(days=1)), (hole + timedelta(days=1), last)]
        for start, end in spans:
            if start <= end:
                pattern = Pattern(duty, (people[who],), DayKind.ANY, since, until, start, end)
                plan_pattern(pattern=pattern, by=people["official"], now=now)


def make_drill_home(people: dict[str, User], *, joined: date, now: datetime) -> None:
    """A home whose telephones are those of staff and which nobody watches; once."""
    if DrillHome.objects.exists():
        return
    home = actions.enrol(
        person=actions.PersonInput(
            name="훈련 가구",
            birth_date=date(joined.year - 50, 1, 1),
            sex="female",
            phone=phone_of(account_of("responder2")),
            address="경기도 연천군 연천읍 훈련모의로 1",
            township=Township.objects.get(code=DRILL_TOWNSHIP),
        ),
        consents=[actions.ConsentInput(purpose="collection", method="paper", on=joined)],
        contacts=[
            actions.ContactInput(
                name=account_of("official2").name,
                phone=phone_of(account_of("official2")),
                relation="friend",
            )
        ],
        links=[],
        by=people["clerk-yeoncheon"],
        now=now,
        another_person=True,
        synthetic=True,
    )
    drills.mark_home(
        household=Household.objects.select_related("enrolment").get(pk=home.pk),
        by=people["official"],
        now=now,
    )
