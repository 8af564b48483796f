"""Who is told what, through the outbox, in the transaction that makes it true."""

from datetime import datetime

from accounts.models import User
from accounts.notify import notify
from accounts.roles import Role
from accounts.scope import holders
from dispatch.models import Case, Visit


def _case_path(case: Case) -> str:
    return f"/cases/{case.uid}/"


def tell_red(case: Case, *, now: datetime) -> None:
    """The clerks of the township hear of every red; where there is none, the county does."""
    code = case.household.township_id
    people = holders(Role.TOWNSHIP_CLERK, now=now, township=code)
    for person in people or holders(Role.COUNTY_OFFICIAL, now=now):
        _notify(person, "dispatch.red", _case_path(case), case, now, urgent=True)


def tell_operators(case: Case, *, now: datetime, urgent: bool) -> None:
    """Somebody must take this case."""
    kind = "dispatch.urgent" if urgent else "dispatch.waiting"
    for person in holders(Role.CONTROL_OPERATOR, now=now):
        _notify(person, kind, _case_path(case), case, now, urgent=urgent)


def tell_unclaimed(case: Case, *, now: datetime) -> None:
    """Nobody took it: the operators again, and from the second time on the county as well."""
    people = holders(Role.CONTROL_OPERATOR, now=now)
    if case.reminders > 0 or not people:
        people = people + holders(Role.COUNTY_OFFICIAL, now=now)
    for person in dict.fromkeys(people):
        _notify(person, "dispatch.unclaimed", _case_path(case), case, now, urgent=True)


def tell_visit_late(case: Case, *, now: datetime) -> None:
    """Its operator first; from the second time on every operator, who may then take the case."""
    people = [case.owner] if case.owner is not None else []
    if case.reminders > 0:
        people += holders(Role.CONTROL_OPERATOR, now=now)
    for person in dict.fromkeys(people):
        _notify(person, "dispatch.visit_late", _case_path(case), case, now, urgent=True)


def tell_owner(case: Case, kind: str, *, now: datetime) -> None:
    """Something about the case its owner must know; without an owner nothing is said."""
    if case.owner is not None:
        _notify(case.owner, kind, _case_path(case), case, now, urgent=True)


def tell_responder(visit: Visit, kind: str, *, now: datetime) -> None:
    _notify(visit.responder, kind, f"/visits/{visit.uid}/", visit.case, now, urgent=True)


def _notify(to: User, kind: str, path: str, case: Case, now: datetime, *, urgent: bool) -> None:
    notify(
        to=to,
        kind=kind,
        link_path=path,
        now=now,
        subject_uid=str(case.household.uid),
        urgent=urgent,
    )
