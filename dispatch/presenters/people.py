"""How a resident is named on a page, masked until somebody has taken the case, and whose words
about a resident are read by whom."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.roles import Role
from dispatch.models import Case
from households.models import Household

READERS = frozenset({Role.CONTROL_OPERATOR.value, Role.TOWNSHIP_CLERK.value})
"""Who reads sealed words about a resident: the operators and the clerk of the township. The words
of an open case are read by its owner as well, whoever that is."""


def is_owner(case: Case, user: Any) -> bool:
    """The person who has claimed this open case. A closed case has no owner any more."""
    return case.is_open and case.owner_id is not None and case.owner_id == user.pk


def name_for(case: Case, user: Any) -> str:
    """The full name for the owner, `김*수` for everybody else."""
    household = case.household
    return household.name if is_owner(case, user) else household.masked_name


def who(household: Household, *, now: datetime, long: bool = False) -> str:
    """`58 남 · 전곡읍`, or `58세 남 · 전곡읍` where there is room."""
    age = household.age(timezone.localdate(now))
    years = f"{age}세" if long else str(age)
    return f"{years} {household.get_sex_display()} · {household.township.name}"
