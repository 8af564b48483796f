"""The one door for all data: the command, the partners' API, later a watched folder."""

import logging
from datetime import UTC, datetime

import numpy as np
import redis
from django.conf import settings
from django.db import transaction
from kombu.exceptions import KombuError

from accounts.models import User
from households.models import Feed
from monitoring.intake.feeds import ACCEPTED_FEEDS
from monitoring.intake.links import NO_CONSENT, UNKNOWN, households_of
from monitoring.intake.locks import hold_feed
from monitoring.intake.merge import merge_power
from monitoring.intake.parse import read_table
from monitoring.intake.receipt import Parcel, write_receipt, write_refusal
from monitoring.intake.refusals import FeedNotAccepted, Refused
from monitoring.intake.validate import HOUR, Ints, Readings, Rejections, power_readings
from monitoring.models import Delivery, PartnerToken
from monitoring.models.deliveries import Source

log = logging.getLogger(__name__)


def deliver(
    *,
    feed: str,
    content: bytes,
    filename: str,
    source: str,
    now: datetime,
    by: User | None = None,
    token: PartnerToken | None = None,
) -> Delivery:
    """Takes a partner's file in and returns its receipt (`.receipt()` is its JSON).

    Bad rows are rejected alone. A file that cannot be read at all is refused whole, kept, and its
    delivery has `.refused`. All of a file is stored in one transaction or nothing. The touched
    homes are scored after the commit. Raises FeedNotAccepted, and ValueError for no feed at all.
    """
    if Feed(feed).value not in ACCEPTED_FEEDS:
        raise FeedNotAccepted(feed)
    parcel = Parcel(feed, content, filename, Source(source).value, now, by, token)
    try:
        table = read_table(feed, content)
    except Refused as refused:
        return write_refusal(parcel, refused)
    readings, rejections = power_readings(table, now=now)
    with transaction.atomic():
        hold_feed(feed)
        delivery, touched = _store(parcel, readings, rejections, rows=len(table))
        if touched:
            transaction.on_commit(lambda: _score(touched, source), robust=True)
    log.info("delivery %s: %s rows, %s accepted", delivery.uid, delivery.rows, delivery.accepted)
    return delivery


def _store(
    parcel: Parcel, readings: Readings, rejections: Rejections, *, rows: int
) -> tuple[Delivery, list[int]]:
    """(the receipt, ids of the homes whose data changed). Links and consents are read here, under
    the lock, so that a withdrawal that was committed before is heeded."""
    owner = households_of(parcel.feed, readings)
    times = readings.repeats + 1
    ours = owner >= 0
    counts = merge_power(owner[ours], readings.at[ours], readings.kwh[ours], readings.repeats[ours])
    delivery = write_receipt(
        parcel,
        {
            "unknown": _ids(readings, owner == UNKNOWN),
            "no_consent": _ids(readings, owner == NO_CONSENT),
        },
        rows=rows,
        accepted=counts.accepted,
        unchanged=counts.unchanged,
        corrected=counts.corrected,
        rejected=rejections.count,
        unknown=int(times[owner == UNKNOWN].sum()),
        no_consent=int(times[owner == NO_CONSENT].sum()),
        errors=rejections.as_list(),
        data_until=_until(readings.at[ours]),
    )
    changed = counts.accepted or counts.corrected
    return delivery, np.unique(owner[ours]).tolist() if changed else []


def _ids(readings: Readings, rows: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> list[str]:
    return [readings.meters[at] for at in np.unique(readings.meter[rows]).tolist()]


def _until(at: Ints) -> datetime | None:
    """The end of the newest whole hour; of the running one nothing is known yet."""
    if not len(at):
        return None
    return datetime.fromtimestamp((int(at.max()) // HOUR + 1) * HOUR, UTC)


def _score(household_ids: list[int], source: str) -> None:
    """The command waits for the lights. Others leave it to a worker, and where no broker answers
    to the hourly beat: data must come in also when Redis is down."""
    from monitoring.tasks import score_households

    if source == Source.COMMAND:
        score_households(household_ids)
        return
    try:
        with redis.Redis.from_url(
            settings.CELERY_BROKER_URL, socket_connect_timeout=1, socket_timeout=1
        ) as broker:
            broker.ping()
        score_households.apply_async([household_ids], retry=False)
    except (redis.RedisError, KombuError, OSError):
        log.warning("no broker answers: %s homes wait for the hourly scoring", len(household_ids))
