"""The monthly partitions of SignalDay."""

import logging
from collections.abc import Iterator
from datetime import date

from django.db import OperationalError, connection, transaction

_TABLE = "monitoring_signalday"
_LOCK = "monitoring.partitions"
log = logging.getLogger(__name__)


def ensure_partitions(first: date, last: date) -> None:
    """A partition for every month from that of `first` to that of `last`.

    Idempotent, and safe when two come at once. Readers are not held up: a finished table is
    attached, which `CREATE TABLE … PARTITION OF` would lock everybody out for.
    """
    months = [month for month in _months(first, last) if _name(month) not in _existing()]
    if not months:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [_LOCK])
        for month in months:
            if _name(month) in _existing():
                continue
            # Names and dates are made here of numbers; DDL takes no parameters.
            cursor.execute(f"CREATE TABLE {_name(month)} (LIKE {_TABLE} INCLUDING ALL)")
            cursor.execute(
                f"ALTER TABLE {_TABLE} ATTACH PARTITION {_name(month)}"
                f" FOR VALUES FROM ('{month}') TO ('{_next(month)}')"
            )


def _existing() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [_TABLE],
        )
        return {name for (name,) in cursor.fetchall()}


def _name(month: date) -> str:
    return f"{_TABLE}_{month:%Y%m}"


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = _next(month)


def drop_before(first: date) -> list[str]:
    """Drops the partitions of months before that of `first`; returns their names.

    Each in a transaction of its own: the short lock on the whole table is not held for many. A
    reader that is in the way for long is waited for only a little; the next night comes.
    """
    limit = _name(first.replace(day=1))
    dropped = []
    for name in sorted(_existing()):
        if not name < limit:
            break
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '5s'")
                cursor.execute(f"DROP TABLE {name}")
        except OperationalError:
            log.warning("partition %s is in use and stays until tomorrow", name)
            break
        dropped.append(name)
    return dropped
