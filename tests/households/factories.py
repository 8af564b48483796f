"""Households for tests of every floor, made by the verbs a clerk uses.

home = make_household(meter="M-0001")                       # active, power linked
home = make_household(clerk=clerk_baekhak, state="learning")
home = make_household(meter="M-0002", consents=["collection"])   # linked, then withdrawn
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from accounts.models import Township, User
from accounts.roles import Role
from accounts.scope import scope_of
from households import actions
from households.actions import ConsentInput, ContactInput, LinkInput, PersonInput
from households.days import local_day
from households.models import Household
from tests.cast import JEONGOK, NOON, grant, make_person

AGO = timedelta(days=100)
"""How long before `now` a household entered, unless the test says otherwise."""

_numbers = count(1)
_FAMILY, _GIVEN = "김이박최정강조윤장임", ("영호", "순자", "미경", "상철", "은주", "동현")
_PURPOSE = {"power": "kepco", "telecom": "skt", "app": "happyconnect"}


def maker() -> User:
    """A county official who enters households when a test names no clerk."""
    found = User.objects.filter(username="household-maker").first()
    if found is None:
        found = make_person("household-maker", "가입담당")
        grant(found, Role.COUNTY_OFFICIAL)
    return found


def make_person_input(*, township: Township | None = None, **fields: Any) -> PersonInput:
    """A fifty-five-year-old with a name and a number nobody else has."""
    n = next(_numbers)
    values: dict[str, Any] = {
        "name": f"{_FAMILY[n % 10]}{_GIVEN[n % 6]}",
        "birth_date": date(1971, 1 + n % 12, 1 + n % 28),
        "sex": "male" if n % 2 else "female",
        "phone": f"010{20000000 + n:08d}",
        "address": f"경기도 연천군 전곡읍 은대리 {n}-1",
        "township": township or Township.objects.get(code=JEONGOK),
    }
    return PersonInput(**{**values, **fields})


def make_household(
    *,
    clerk: User | None = None,
    township: Township | None = None,
    consents: Iterable[str] | None = None,
    meter: str | None = None,
    line: str | None = None,
    device: str | None = None,
    contacts: Iterable[ContactInput] = (),
    state: str = "active",
    now: datetime = NOON,
    since: timedelta = AGO,
    **person: Any,
) -> Household:
    """A household that entered `since` before `now` and is in `state` at `now`.

    Without a meter, line or device a state past the review gets a meter `METER-<number>`. A link
    needs consent, so one that `consents` leaves out is given first and withdrawn at `now`.
    Further keywords are fields of `PersonInput`.
    """
    entered = now - since
    clerk = clerk or maker()
    links = {"power": meter, "telecom": line, "app": device}
    if not any(links.values()) and state not in ("applied", "under_review"):
        links["power"] = f"METER-{next(_numbers):04d}"
    links = {feed: partner_id for feed, partner_id in links.items() if partner_id}
    needed = {"collection", *(_PURPOSE[feed] for feed in links)}
    wanted = needed if consents is None else set(consents)
    household = actions.enrol(
        person=make_person_input(township=township or _township_of(clerk, now), **person),
        consents=[
            ConsentInput(purpose=purpose, method="paper", on=local_day(entered))
            for purpose in sorted(needed | wanted)
        ],
        links=[
            LinkInput(feed=feed, partner_id=partner_id, valid_from=local_day(entered))
            for feed, partner_id in links.items()
        ],
        contacts=list(contacts),
        by=clerk,
        now=entered,
        synthetic=True,
    )
    _walk(household, state, clerk=clerk, entered=entered, now=now)
    for purpose in sorted(needed - wanted - {"collection"}):
        actions.withdraw_consent(household=household, purpose=purpose, by=clerk, now=now)
    return Household.objects.select_related("township", "enrolment").get(pk=household.pk)


def _township_of(clerk: User, now: datetime) -> Township | None:
    scope = scope_of(clerk, now=now)
    if scope.sees_all_townships:
        return None
    return Township.objects.get(code=min(scope.township_codes))


def _walk(
    household: Household, state: str, *, clerk: User, entered: datetime, now: datetime
) -> None:
    """Along the table, as far as `state`."""
    path = {
        "applied": 0,
        "under_review": 1,
        "learning": 2,
        "active": 3,
        "paused": 4,
        "ended": 5,
    }[state]
    common: dict[str, Any] = {"household": household, "by": clerk}
    if path >= 1:
        actions.review(**common, now=entered)
    if path >= 2:
        actions.start_learning(**common, now=entered)
    if path >= 3:
        actions.activate(**common, now=min(entered + timedelta(days=60), now))
    if state == "paused":
        actions.pause(**common, reason="request", now=now)
    if state == "ended":
        actions.end(**common, reason="moved", now=now)
