"""Who writes readings of a feed, one at a time."""

from datetime import timedelta

from django.db import OperationalError, connection
from psycopg2.errors import LockNotAvailable


class FeedIsBusy(Exception):
    """Somebody else writes this feed and was not through in time. The transaction is lost."""


def hold_feed(feed: str, *, patience: timedelta | None = None) -> None:
    """Waits for, and holds until the end of the transaction, the right to write this feed.
    `patience`: how long at most (None: as long as it takes); then FeedIsBusy.

    Two files of a feed at once would read the same days and overwrite each other's hours; and a
    file that began before a consent was withdrawn must be through before its rows are purged.
    """
    with connection.cursor() as cursor:
        if patience is not None:
            longest = f"{patience.total_seconds() * 1000:.0f}ms"
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [longest])
        try:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext(%s))", [f"monitoring.intake:{feed}"]
            )
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise FeedIsBusy(feed) from error
            raise
        if patience is not None:
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
