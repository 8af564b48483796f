"""Whether the process that is dialling still lives, told by the database.

A lease measured in time cannot tell a slow process from a dead one, least of all when a demo clock
runs fast. The dialler holds an advisory lock of its database session while it waits for the
company; when it dies, the server lets go of it in the same moment.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection

RESIDENT = 0x5449  # first keys of our advisory locks: a row of CallAttempt,
STAFF = 0x544A  # of StaffCall; a person of the staff; one worker's part of the sweep.
STAFF_TELEPHONE = 0x544B
PART = 0x544C
NUMBER = 0x544D  # a telephone number about to be rung, by its keyed digest.


@contextmanager
def dialling(attempt_id: int, space: int = RESIDENT) -> Iterator[None]:
    """Hold the lock of this attempt. Taken inside the transaction that writes the attempt, so
    that nobody can see the row without the lock."""
    try:
        yield
    finally:
        # A lost connection has let go already.
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [space, _key(attempt_id)])


def take(attempt_id: int, space: int = RESIDENT) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [space, _key(attempt_id)])


def is_dialling(attempt_id: int, space: int = RESIDENT) -> bool:
    """Whether some other session holds the lock now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [space, _key(attempt_id)])
        (free,) = cursor.fetchone()
        if free:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [space, _key(attempt_id)])
    return not free


def only_here(key: int, space: int) -> bool:
    """Take the lock until the transaction ends, unless another session has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [space, _key(key)])
        (free,) = cursor.fetchone()
    return bool(free)


def _key(attempt_id: int) -> int:
    return attempt_id % 2**31
