"""Everything that changes staff: verbs, each one transaction, each with its line in the access log.

    from accounts import actions
    actions.grant_role(by=administrator, user=..., role=Role.TOWNSHIP_CLERK, ...)

A verb that is not allowed raises `Refused`, a ValidationError with one Korean sentence, so that a
form shows it and nothing is half done.
"""

from accounts.actions.base import Refused
from accounts.actions.links import (
    Link,
    accept_invitation,
    find_invitation,
    invite_again,
    reset_access,
    unlock,
)
from accounts.actions.people import (
    Invited,
    change_person,
    create_administrator,
    end_person,
    invite,
    kill_sessions,
)
from accounts.actions.phone import change_own_phone, confirm_phone, request_phone_code
from accounts.actions.roles import NewGrant, end_role, grant_role, set_stand_in

__all__ = [
    "Invited",
    "Link",
    "NewGrant",
    "Refused",
    "accept_invitation",
    "change_own_phone",
    "change_person",
    "confirm_phone",
    "create_administrator",
    "end_person",
    "end_role",
    "find_invitation",
    "grant_role",
    "invite",
    "invite_again",
    "kill_sessions",
    "request_phone_code",
    "reset_access",
    "set_stand_in",
    "unlock",
]
