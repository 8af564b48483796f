"""The one door for all data, whether sent, put into a folder, fetched or named by a command."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import redis
from django.conf import settings
from django.db import transaction
from kombu.exceptions import KombuError

from accounts.models import User
from households.models import Feed
from monitoring import feeds
from monitoring.feeds import Connector
from monitoring.feeds.contract import HOUR
from monitoring.intake import amounts, events, late, meters
from monitoring.intake.judge import Flags, Ints, Rows
from monitoring.intake.links import NO_CONSENT, UNKNOWN, Owners, ahead, owners
from monitoring.intake.locks import hold_feed
from monitoring.intake.merged import Merged
from monitoring.intake.reading import Reading
from monitoring.intake.receipt import Parcel, write_receipt, write_refusal
from monitoring.intake.refusals import FeedNotAccepted, Refused
from monitoring.intake.spool import Spool
from monitoring.models import Delivery, PartnerToken
from monitoring.models.deliveries import Source

log = logging.getLogger(__name__)


def deliver(
    *,
    feed: str,
    content: bytes | Path,
    filename: str,
    source: str,
    now: datetime,
    by: User | None = None,
    token: PartnerToken | None = None,
    score: bool = True,
    witness: Callable[[Delivery], None] | None = None,
    patience: timedelta | None = None,
) -> Delivery:
    """Takes a partner's file in and returns its receipt (`.receipt()` is its JSON).

    A path is read block by block: its size costs no memory. Bad rows are rejected alone. A file
    that cannot be read at all is refused whole, kept, and its delivery has `.refused`. All of a
    file is stored in one transaction or nothing. The touched homes are scored after the commit,
    unless `score` is False: the caller, who delivers more, then does it once in the end. What a
    `witness` writes about the delivery is stored with it or not at all. Another file of the feed
    is waited for, at most `patience` where it is given. Raises FeedIsBusy then, FeedNotAccepted,
    ValueError for no feed at all, and OSError for a path that cannot be read.
    """
    connector = _connector(feed)
    with Spool(content) as spool:
        parcel = Parcel(feed, spool, filename, Source(source).value, now, by, token, witness)
        try:
            with Reading(spool, connector, now=now) as reading:
                beside = spool.is_short and reading.is_quick()
                if not beside:
                    reading.read()
                    spool.hash_beside()
                delivery = _store(
                    parcel, connector, reading, beside=beside, score=score, patience=patience
                )
        except Refused as refused:
            return write_refusal(parcel, refused)
    log.info("delivery %s: %s rows, %s accepted", delivery.uid, delivery.rows, delivery.accepted)
    return delivery


def _connector(feed: str) -> Connector:
    try:
        return feeds.connector(Feed(feed).value)
    except KeyError:
        raise FeedNotAccepted(feed) from None


@transaction.atomic
def _store(
    parcel: Parcel,
    connector: Connector,
    reading: Reading,
    *,
    beside: bool,
    score: bool,
    patience: timedelta | None,
) -> Delivery:
    """The readings and the receipt, in one transaction under the feed's lock.

    Links and consents are read here, under the lock, so that a withdrawal that was committed
    before is heeded. A short file that is what it should be is read `beside`, meanwhile: whoever
    else waits for the feed does not wait noticeably longer. Any other was read before.
    """
    hold_feed(parcel.feed, patience=patience)
    links = _read_beside(parcel, reading) if beside else None
    tally = _Tally()
    for rows in reading.shares():
        _store_share(connector, reading, rows, links, tally, parcel.now)
    merged = tally.merged
    if len(merged.households):
        late.touch(merged.households, merged.since)
        touched = merged.households.tolist()
        if score:
            transaction.on_commit(lambda: _score(touched, parcel.source), robust=True)
    return write_receipt(
        parcel,
        tally.ids,
        rows=reading.rows,
        accepted=merged.accepted,
        unchanged=merged.unchanged,
        corrected=merged.corrected,
        rejected=reading.rejections.count,
        unknown=tally.unknown,
        no_consent=tally.no_consent,
        errors=reading.errors(),
        data_until=tally.until,
    )


def _read_beside(parcel: Parcel, reading: Reading) -> pa.Table | None:
    """Reads the file in another thread, while this one asks the database for the feed's links."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(reading.read)
        links = ahead(parcel.feed, parcel.spool.size)
        done.result()
    parcel.spool.hash_beside()
    return links


@dataclass
class _Tally:
    """What the shares of a file came to."""

    merged: Merged = field(default_factory=Merged)
    unknown: int = 0
    no_consent: int = 0
    until: datetime | None = None
    ids: list[str] = field(default_factory=list)
    """Of nobody. Those of people without consent are counted and not kept."""


def _store_share(
    connector: Connector,
    reading: Reading,
    rows: Rows,
    links: pa.Table | None,
    tally: _Tally,
    now: datetime,
) -> None:
    """Rows of some meters, all that the file has of them."""
    if connector.amounts:
        rows = meters.believable(rows, connector, reading.rejections)
    repeats = None
    if meters.has_repeats(rows, connector):
        rows, repeats = meters.once(rows, connector, reading.rejections)
    owner = owners(connector.feed, rows, links)
    ours = owner.of >= 0
    if not ours.all():
        _set_aside(rows, owner, repeats, tally)
        chosen = np.flatnonzero(ours[owner.who])
        rows, owner = rows.only(chosen), owner.only(chosen)
        repeats = None if repeats is None else repeats[chosen]
    tally.until = max(filter(None, (tally.until, _until(rows, now))), default=None)
    if connector.amounts:
        tally.merged += amounts.merge(connector, rows, owner, repeats, reading.rejections, now=now)
    else:
        tally.merged += events.merge(connector, rows, owner, repeats, now=now)


def _set_aside(rows: Rows, owner: Owners, repeats: Ints | None, tally: _Tally) -> None:
    times = np.ones(len(rows), np.int64) if repeats is None else repeats + 1
    unknown, refused = owner.per_row() == UNKNOWN, owner.per_row() == NO_CONSENT
    tally.unknown += int(times[unknown].sum())
    tally.no_consent += int(times[refused].sum())
    tally.ids += _ids(rows, unknown)


def _ids(rows: Rows, chosen: Flags) -> list[str]:
    there = np.zeros(len(rows.ids), bool)
    there[rows.who[chosen]] = True
    return [rows.ids[place].as_py() for place in np.flatnonzero(there).tolist()]


def _until(rows: Rows, now: datetime) -> datetime | None:
    """The end of the newest whole hour; of the running one nothing is known yet."""
    if not len(rows):
        return None
    newest = int(rows.seconds[rows.when.max()])
    end = (newest // HOUR + 1) * HOUR
    end = min(end, int(now.timestamp()) // HOUR * HOUR)
    return datetime.fromtimestamp(end, UTC)


@cache
def _broker(url: str) -> redis.Redis:
    """One for the life of a worker: a new connection costs as much as ten thousand readings."""
    return redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)


def _score(household_ids: list[int], source: str) -> None:
    """The command waits for the lights. Others leave it to a worker, and where no broker answers
    to the hourly beat: data must come in also when Redis is down."""
    from monitoring.tasks import score_households

    if source == Source.COMMAND:
        score_households(household_ids)
        return
    try:
        _broker(settings.CELERY_BROKER_URL).ping()
        # Told in short: Celery would otherwise write ten thousands of ids out for its log.
        score_households.apply_async([household_ids], retry=False, argsrepr="(households)")
    except (redis.RedisError, KombuError, OSError):
        log.warning("no broker answers: %s homes wait for the hourly scoring", len(household_ids))
