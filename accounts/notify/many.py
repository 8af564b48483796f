"""The same message about many things: what notify() writes one by one, in a statement a recipient.

For work that comes in thousands (a whole district falls silent). Texts, stand-ins, quiet hours and
reasons for not reaching somebody are those of notify().
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import connection, transaction

from accounts.models import Message, User
from accounts.notify import _Notice, _row
from accounts.notify.kinds import kind_named

About = tuple[str, str]
"""(path of ours, opaque id of whom it concerns)"""

# What differs from thing to thing; every other column is that of the recipient's row.
_OWN = ("uid", "notice_uid", "link_path", "subject_uid")
_COLUMNS = [field.column for field in Message._meta.concrete_fields if not field.primary_key]


@transaction.atomic
def notify_many(
    *,
    to: Sequence[User],
    kind: str,
    about: Sequence[About],
    now: datetime,
    urgent: bool = False,
    channels: Sequence[str] | None = None,
) -> int:
    """Write what `notify(to=person, kind=kind, link_path=…, subject_uid=…)` would have written for
    each person and each thing. Returns the number of rows. Raises NotAllowed as notify does."""
    if not about:
        return 0
    known = kind_named(kind)
    written = 0
    for person in to:
        stand_in = person.stand_in_at(now)
        if stand_in is not None and not stand_in.is_in_service():
            stand_in = None
        recipient = stand_in or person
        if not recipient.is_in_service():
            continue
        notices = [str(uuid4()) for _one in about]
        for channel in known.channels if channels is None else channels:
            row = _row(_Notice(known, "", "", None, "", urgent or known.urgent), channel,
                       recipient, now)  # fmt: skip
            row.on_behalf_of = person if stand_in else None
            written += _multiply(row, about, notices)
    return written


def _multiply(row: Message, about: Sequence[About], notices: list[str]) -> int:
    """Insert the row once for each thing."""
    fixed = [name for name in _COLUMNS if name not in _OWN]
    values = [_stored(row, name) for name in fixed]
    names = ", ".join(f'"{name}"' for name in (*_OWN, *fixed))
    paths, subjects = [path for path, _ in about], [subject for _, subject in about]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO accounts_message ({names})"  # noqa: S608
            f" SELECT gen_random_uuid(), about.notice, about.path, about.subject,"
            f" {', '.join(['%s'] * len(fixed))}"
            " FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS about(notice, path, subject)",
            [*values, notices, paths, subjects],
        )
        return int(cursor.rowcount)


def _stored(row: Message, column: str) -> Any:
    field = next(one for one in Message._meta.concrete_fields if one.column == column)
    return field.get_db_prep_save(getattr(row, field.attname), connection)
