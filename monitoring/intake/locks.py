"""Who writes readings of a feed, one at a time."""

from django.db import connection


def hold_feed(feed: str) -> None:
    """Waits for, and holds until the end of the transaction, the right to write this feed.

    Two files of a feed at once would read the same days and overwrite each other's hours; and a
    file that began before a consent was withdrawn must be through before its rows are purged.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"monitoring.intake:{feed}"])
