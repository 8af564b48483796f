"""Whether the process that is dialling still lives, told by the database.

A lease measured in time cannot tell a slow process from a dead one, least of all when a demo clock
runs fast. The dialler holds an advisory lock of its database session while it waits for the
company; when it dies, the server lets go of it in the same moment.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection

_SPACE = 0x5449  # first key of our advisory locks


@contextmanager
def dialling(attempt_id: int) -> Iterator[None]:
    """Hold the lock of this attempt. Taken inside the transaction that writes the attempt, so
    that nobody can see the row without the lock."""
    try:
        yield
    finally:
        # A lost connection has let go already.
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_SPACE, _key(attempt_id)])


def take(attempt_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_SPACE, _key(attempt_id)])


def is_dialling(attempt_id: int) -> bool:
    """Whether some other session holds the lock now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_SPACE, _key(attempt_id)])
        (free,) = cursor.fetchone()
        if free:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_SPACE, _key(attempt_id)])
    return not free


def _key(attempt_id: int) -> int:
    return attempt_id % 2**31
