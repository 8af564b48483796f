"""Who is told what, through the outbox, in the transaction that makes it true."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import Message, User
from accounts.notify import notify
from accounts.notify.many import About, notify_many
from accounts.roles import Role
from accounts.scope import holders
from dispatch import duty
from dispatch.models import Case, Visit
from dispatch.plans.schema import Who
from households.models import Household


def case_path(case: Case) -> str:
    return f"/cases/{case.uid}/"


def tell_red(case: Case, *, now: datetime) -> None:
    """The clerks of the township hear of every red; where there is none, the county does."""
    code = case.household.township_id
    people = holders(Role.TOWNSHIP_CLERK, now=now, township=code)
    for person in people or holders(Role.COUNTY_OFFICIAL, now=now):
        _notify(person, "dispatch.red", case_path(case), case, now, urgent=True)


def tell_red_many(township: str, about: Sequence[About], *, now: datetime) -> None:
    """As tell_red, of many cases of one township: the inbox has each, one short message says it."""
    people = holders(Role.TOWNSHIP_CLERK, now=now, township=township) or holders(
        Role.COUNTY_OFFICIAL, now=now
    )
    for person in people:
        _notify_coalesced(person, "dispatch.red", about, now)


def tell_unclaimed_many(first: Sequence[About], again: Sequence[About], *, now: datetime) -> None:
    """As tell_unclaimed, of many cases: those told of for the first time, and the others."""
    on_duty = duty.on_duty(Who.OPERATOR, now=now)
    everybody = on_duty + holders(Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL, now=now)
    for person in dict.fromkeys(everybody):
        about = [*first, *again] if person in on_duty or not on_duty else again
        _notify_coalesced(person, "dispatch.unclaimed", about, now)


def _notify_coalesced(to: User, kind: str, about: Sequence[About], now: datetime) -> None:
    """Each in the inbox, the first by every channel of the kind unless one went out just now."""
    if not about:
        return
    rest = about
    if _channels(to, kind, now) is None:
        path, subject = about[0]
        notify(to=to, kind=kind, link_path=path, now=now, subject_uid=subject, urgent=True)
        rest = about[1:]
    inbox = (Message.Channel.INBOX.value,)
    notify_many(to=[to], kind=kind, about=rest, now=now, urgent=True, channels=inbox)


def tell_operators_many(about: Sequence[About], *, now: datetime) -> None:
    people = duty.on_duty(Who.OPERATOR, now=now) if about else []
    notify_many(to=people, kind="dispatch.waiting", about=about, now=now)


def tell_operators(case: Case, *, now: datetime, urgent: bool) -> None:
    """Somebody must take this case: those on duty."""
    kind = "dispatch.urgent" if urgent else "dispatch.waiting"
    for person in duty.on_duty(Who.OPERATOR, now=now):
        _notify(person, kind, case_path(case), case, now, urgent=urgent)


def tell_unclaimed(case: Case, *, now: datetime) -> None:
    """Nobody took it: the operators again, and from the second time on the county as well."""
    people = duty.on_duty(Who.OPERATOR, now=now)
    if case.reminders > 0 or not people:
        people = people + holders(Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL, now=now)
    for person in dict.fromkeys(people):
        _notify(person, "dispatch.unclaimed", case_path(case), case, now, urgent=True)


def tell_visit_late(case: Case, *, now: datetime) -> None:
    """Its operator first; from the second time on every operator, who may then take the case."""
    people = [case.owner] if case.owner is not None else []
    if case.reminders > 0:
        people += holders(Role.CONTROL_OPERATOR, now=now)
    for person in dict.fromkeys(people):
        _notify(person, "dispatch.visit_late", case_path(case), case, now, urgent=True)


def tell_owner(case: Case, kind: str, *, now: datetime) -> None:
    """Something about the case its owner must know; without an owner nothing is said."""
    if case.owner is not None:
        _notify(case.owner, kind, case_path(case), case, now, urgent=True)


def operators_now(now: datetime) -> list[User]:
    """The operators on duty."""
    return duty.on_duty(Who.OPERATOR, now=now)


def tell_person(person: User, kind: str, case: Case, *, now: datetime) -> None:
    """Something about the case that this person should look at."""
    _notify(person, kind, case_path(case), case, now, urgent=True)


def tell_of_home(person: User, kind: str, household: Household, *, now: datetime) -> None:
    """Something about a person of the county for whoever works in that township."""
    path = f"/households/{household.uid}/"
    notify(to=person, kind=kind, link_path=path, now=now, subject_uid=str(household.uid))


def tell_responder(visit: Visit, kind: str, *, now: datetime) -> None:
    _notify(visit.responder, kind, f"/visits/{visit.uid}/", visit.case, now, urgent=True)


COALESCED = frozenset({"dispatch.red", "dispatch.unclaimed"})
"""When a whole district falls silent, one short message a minute says it; the inbox has each."""
COALESCE_WITHIN = timedelta(minutes=1)


def _channels(to: User, kind: str, now: datetime) -> tuple[str, ...] | None:
    """None: those of the kind."""
    if kind not in COALESCED:
        return None
    lately = Message.objects.filter(
        recipient=to,
        kind=kind,
        channel=Message.Channel.SMS,
        created_at__gt=now - COALESCE_WITHIN,
        created_at__lte=now,
    )
    return (Message.Channel.INBOX.value,) if lately.exists() else None


def _notify(to: User, kind: str, path: str, case: Case, now: datetime, *, urgent: bool) -> None:
    notify(
        channels=_channels(to, kind, now),
        to=to,
        kind=kind,
        link_path=path,
        now=now,
        subject_uid=str(case.household.uid),
        urgent=urgent,
    )
