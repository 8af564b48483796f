"""What every verb of this app does first and last."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.scope import scope_of
from households.models import Household
from households.rules import Refused

if TYPE_CHECKING:
    from accounts.models import User


def require_township(by: "User", *, township_id: str, roles: frozenset[str], now: datetime) -> None:
    """Raise `Refused` unless one of `roles`, as `by` holds it, reaches the township."""
    if not scope_of(by, now=now).only(*roles).covers(township_id):
        raise Refused(_("이 일을 할 권한이 없습니다."))


def lock_for(
    household: Household, *, by: "User", roles: frozenset[str], now: datetime
) -> Household:
    """The household's row, locked until the transaction ends, so that two clicks come one by one.

    Raises `Refused` unless `by` may change this household.
    """
    locked = Household.objects.select_for_update(of=("self",), no_key=True).get(pk=household.pk)
    require_township(by, township_id=locked.township_id, roles=roles, now=now)
    return locked


def log_change(
    household: Household,
    *,
    by: "User | None",
    now: datetime,
    what: str,
    **detail: str | int | bool | date,
) -> None:
    """One line in the access log. `what` and `detail` are codes and dates, never words."""
    audit.record(
        actor=by,
        action="changed",
        subject_kind="household",
        subject_uid=str(household.uid),
        now=now,
        detail={"what": what, **{key: str(value) for key, value in detail.items()}},
    )
