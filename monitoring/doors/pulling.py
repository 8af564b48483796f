"""Fetches what partners lay out on their own servers, and takes it in. One feed, one at a time."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic
from typing import BinaryIO, cast

from django.db import InterfaceError, OperationalError, connection, transaction

from households.days import local_day
from monitoring import intake
from monitoring.doors import http, sftp
from monitoring.doors.remote import FetchFailed, Opener, Remote, Server
from monitoring.doors.sources import BadSource, Source, sources
from monitoring.models import Delivery, FetchedFile
from monitoring.models.deliveries import Source as Door

log = logging.getLogger(__name__)

OPENERS: dict[str, Opener] = {"sftp": sftp.connect, "https": http.connect, "http": http.connect}
_PATH = 300
# Below the time limit of a task, with one slow file to spare.
TAKING_SECONDS = 150
REMEMBERED = timedelta(days=30)


@dataclass
class Pulled:
    """What one look at one source brought. `problem` is English and holds no secret."""

    feed: str
    deliveries: list[Delivery] = field(default_factory=list)
    problem: str = ""


def pull(*, now: datetime, feed: str | None = None) -> list[Pulled]:
    """Look at every configured source (or that of one feed). `now` is programme time.

    A source that does not answer, or whose configuration cannot be used, stops only itself.
    """
    return [
        _unusable(one) if isinstance(one, BadSource) else pull_from(one, now=now)
        for one in sources()
        if feed in (None, one.feed)
    ]


def _unusable(bad: BadSource) -> Pulled:
    log.error("a feed is not fetched: %s", bad)
    return Pulled(bad.feed or "FEED_PULL", problem=str(bad))


def pull_from(source: Source, *, now: datetime) -> Pulled:
    result = Pulled(source.feed)
    with _alone(source.feed) as alone:
        if not alone:
            result.problem = "somebody else is fetching this feed"
            return result
        try:
            with OPENERS[source.scheme](source, local_day(now)) as server:
                _take_all(server, result, now)
        except FetchFailed as failed:
            result.problem = str(failed)
        except Exception as error:  # noqa: BLE001 - one source must not keep the others waiting
            result.problem = f"fetching failed: {type(error).__name__}"
        if result.problem:
            log.warning("fetching feed %s: %s", source.feed, result.problem)
    return result


def _take_all(server: Server, result: Pulled, now: datetime) -> None:
    """A file that cannot be fetched does not keep the next one waiting."""
    until, listed = monotonic() + TAKING_SECONDS, server.listing()
    known = _fetched_before(result.feed, listed, now)
    # Without those that we have: in a folder that nobody clears away they are nearly all.
    due = [one for one in listed if one.fingerprint not in known[_kept_path(one.path)]]
    for remote in due:
        if monotonic() > until:
            result.problem = result.problem or "not everything was fetched in time; more next time"
            return
        try:
            delivery = _one(server, remote, known[_kept_path(remote.path)], result.feed, now)
        except (FetchFailed, intake.FeedNotAccepted) as failed:
            result.problem = result.problem or str(failed)
            continue
        except (OperationalError, InterfaceError):
            raise  # the database is away: no fault of the file
        except Exception as error:  # noqa: BLE001 - one file must not keep the others waiting
            result.problem = result.problem or f"a file waits: {type(error).__name__}"
            continue
        if delivery is not None:
            result.deliveries.append(delivery)


def _fetched_before(feed: str, listed: list[Remote], now: datetime) -> dict[str, frozenset[str]]:
    """{path: fingerprints of versions that we have} of what is listed.

    Versions fetched long ago are forgotten, except the newest of what still lies there: were one
    fetched again, it would be found unchanged.
    """
    known: dict[str, set[str]] = {_kept_path(remote.path): set() for remote in listed}
    stale = []
    rows = FetchedFile.objects.filter(feed=feed).order_by("-fetched_at", "-pk")
    for pk, path, mark, at in rows.values_list("pk", "path", "fingerprint", "fetched_at"):
        if now - at > REMEMBERED and (path not in known or known[path]):
            stale.append(pk)
        elif path in known:
            known[path].add(mark)
    if stale:
        FetchedFile.objects.filter(pk__in=stale).delete()
    return {path: frozenset(marks) for path, marks in known.items()}


def _one(
    server: Server, remote: Remote, known: frozenset[str], feed: str, now: datetime
) -> Delivery | None:
    # A file without a name is gone with its worker, however that one ends.
    with TemporaryFile() as file:
        fetched = server.fetch(remote, known=known, into=cast(BinaryIO, file))
        if fetched is None:
            return None
        file.flush()
        return _take_in(fetched, Path(f"/proc/self/fd/{file.fileno()}"), feed, now)


def _take_in(remote: Remote, content: Path, feed: str, now: datetime) -> Delivery:
    """Killed between the two writes, the file is fetched again and found unchanged."""
    delivery = intake.deliver(
        feed=feed, content=content, filename=remote.name, source=Door.PULL, now=now
    )
    with transaction.atomic():
        FetchedFile.objects.get_or_create(
            feed=feed,
            path=_kept_path(remote.path),
            fingerprint=remote.fingerprint,
            defaults={"fetched_at": now, "delivery": delivery},
        )
    return delivery


def _kept_path(path: str) -> str:
    """A longer path keeps its end, and the digest of the whole."""
    if len(path) <= _PATH:
        return path
    return f"{hashlib.sha256(path.encode()).hexdigest()}{path[-(_PATH - 64) :]}"


@contextmanager
def _alone(feed: str) -> Iterator[bool]:
    """Whether we are the only ones who fetch this feed; a lock of the session, because nothing
    must keep a transaction open while a slow server sends."""
    name = [f"monitoring.pull:{feed}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", name)
        row = cursor.fetchone()
    got = bool(row and row[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", name)
