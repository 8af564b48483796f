"""Who is asked to go out, in which order: the county's rota read for one home and one instant.

By day the township's own office, at night and on holidays the control centre, as the county
changed it from 2023 to 2024: rows of ResponderRule, never code.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from accounts.scope import holders
from dispatch.models import DayKind, ResponderRule, Visit, Whom
from dispatch.nights import day_of
from households.models import Household
from monitoring.calendar import is_free


@dataclass(frozen=True)
class Moment:
    """A local instant as the rota reads it: `day` is the day on which the running night began."""

    today: date
    yesterday: date
    at: time

    @classmethod
    def of(cls, now: datetime) -> "Moment":
        local = timezone.localtime(now)
        today = local.date()
        return cls(today, today - timedelta(days=1), local.time().replace(tzinfo=None))


def responders_for(household: Household, *, now: datetime) -> list[User]:
    """The people to ask for this home at `now`, the first first; empty when there is nobody.

    The lines of the rota in their order, each with its people: whoever a message reaches first,
    then by name; people on another visit come after everybody else. Only holders of the
    responder's role for this township or for the whole county. Without a fitting line everybody
    who holds the role, this township's own first.
    """
    return order_in(household.township_id, at=now, now=now)


def order_in(township_code: str, *, at: datetime, now: datetime) -> list[User]:
    """The same for a township, and for any hour `at`; roles and visits are those of `now`."""
    able = holders(Role.RESPONDER, now=now, township=township_code)
    busy = _busy(able)
    lines = rules_at(township_code, now=at)
    if lines:
        groups = [_people(line, able, township_code) for line in lines]
    else:
        near = [person for person in able if _works_in(person, township_code)]
        groups = [near, [person for person in able if person not in near]]
    found: dict[int, User] = {}
    for group in groups:
        for person in sorted(group, key=lambda p: (not _hears(p), p.name, p.pk)):
            found.setdefault(person.pk, person)
    # Somebody on another visit is asked only after everybody who could leave at once.
    return sorted(found.values(), key=lambda person: person.pk in busy)


def rules_at(township_code: str, *, now: datetime) -> list[ResponderRule]:
    """The lines that count for this township at `now`: its own where it has any, else the
    county's, in their order."""
    moment = Moment.of(now)
    lines = (
        ResponderRule.objects.filter(
            Q(township_id=township_code) | Q(township__isnull=True),
            valid_from__lte=moment.today,
        )
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gte=moment.yesterday))
        .select_related("organisation", "person")
        .order_by("rank", "id")
    )
    fitting = [line for line in lines if fits(line, moment)]
    own = [line for line in fitting if line.township_id is not None]
    return own or fitting


def fits(line: ResponderRule, moment: Moment) -> bool:
    """Whether the line counts at this instant; a night counts as the day on which it began, as in
    the plan (dispatch.nights)."""
    day = day_of(datetime.combine(moment.today, moment.at), line.from_time, line.until_time)
    return day is not None and _on(line, day)


def _on(line: ResponderRule, day: date) -> bool:
    if line.valid_from > day or (line.valid_until is not None and line.valid_until < day):
        return False
    return line.days == DayKind.ANY or is_free(day) == (line.days == DayKind.FREE)


def _people(line: ResponderRule, able: Iterable[User], township_code: str) -> list[User]:
    if line.whom == Whom.PERSON:
        return [person for person in able if person.pk == line.person_id]
    if line.whom == Whom.ORGANISATION:
        return [person for person in able if person.organisation_id == line.organisation_id]
    return [person for person in able if _works_in(person, township_code)]


def _works_in(person: User, township_code: str) -> bool:
    office = person.organisation
    return office is not None and office.township_id == township_code


def _hears(person: User) -> bool:
    """A short message reaches this person: the number was proved and not stopped."""
    return person.phone_verified_at is not None and person.sms_stopped_at is None


def is_busy(user: User) -> bool:
    """Whether this person is on a visit that is not over."""
    return Visit.objects.open().filter(responder=user).exists()


def _busy(able: Iterable[User]) -> set[int]:
    rows = Visit.objects.open().filter(responder__in=list(able))
    return set(rows.values_list("responder", flat=True))
