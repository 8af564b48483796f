"""What the intake of data may ask of this floor: whose a reading is, and whether it may be kept.

Consent is a valve (개인정보 보호법 15, 17, 22조): no standing consent, no reading.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from numpy.typing import NDArray

from households.days import local_day
from households.models import Absence, Consent, Feed, FeedLink, Household, Purpose
from households.rules import WATCHED_STATES

PURPOSE_OF_FEED: dict[str, str] = {
    Feed.POWER.value: Purpose.KEPCO.value,
    Feed.TELECOM.value: Purpose.SKT.value,
    Feed.APP.value: Purpose.HAPPYCONNECT.value,
}
FEED_OF_PURPOSE: dict[str, str] = {purpose: feed for feed, purpose in PURPOSE_OF_FEED.items()}


class LinkRow(NamedTuple):
    """One link of a partner's id to a household.

    `valid_from` counts, `valid_to` does not (None: still linked). `consent_from` is the first day
    the standing consent covers and None where there is none, whatever stood before: after a
    withdrawal late rows of earlier days are refused as well. `consent_to` then tells the day of
    the withdrawal (None: never given, or standing).
    """

    partner_id: str
    household_id: int
    valid_from: date
    valid_to: date | None
    consent_from: date | None
    consent_to: date | None


def links_for(feed: str, partner_ids: Iterable[str]) -> list[LinkRow]:
    """Every link these partner ids have or had in `feed`, oldest first; unknown ids have none.

    Two queries whatever the number of ids. A feed that does not exist raises KeyError.
    """
    purpose = PURPOSE_OF_FEED[feed]
    links = list(
        FeedLink.objects.filter(feed=feed, partner_id__in=list(partner_ids))
        .order_by("partner_id", "valid_from", "id")
        .values_list("partner_id", "household_id", "valid_from", "valid_to")
    )
    consents = _consent_days({row[1] for row in links}, purpose)
    rows = []
    for partner_id, household_id, valid_from, valid_to in links:
        given, withdrawn = consents.get(household_id, (None, None))
        rows.append(LinkRow(partner_id, household_id, valid_from, valid_to, given, withdrawn))
    return rows


_EPOCH = "date '1970-01-01'"
_COLUMNS = ("partner_id", "household_id", "valid_from", "valid_to")
_MANY = 2_000
# A row of binary COPY: number of fields, then each field's length and its bytes.
_CONSENT = np.dtype(
    [("n", ">i2"), ("a", ">i4"), ("household", ">i8"), ("b", ">i4"), ("given_at", ">i8")]
)
_COPY_HEAD, _COPY_TAIL = 19, 2
_FROM_2000, _SEOUL, _DAY = 946_684_800, 9 * 3600, 86_400


def link_columns(feed: str, partner_ids: pa.Array | None) -> pa.Table:
    """The links of many partner ids at once (None: of all), as columns; the intake reads thousands
    in a file.

    `partner_id`, `household_id`, and as days since 1970 in Seoul `valid_from`, `valid_to` (null:
    still linked) and `consent_from` (null: no consent stands), which mean what they do in LinkRow.
    It may bring links of other ids too. KeyError for no feed.

    Two statements, joined here: the database would take three times as long to join them and to
    find the local day of every consent.
    """
    purpose = PURPOSE_OF_FEED[feed]
    wanted = homes = _sql("TRUE")
    some = partner_ids is not None and not _most_of_them(len(partner_ids))
    if partner_ids is not None and some:
        wanted = _sql("partner_id = ANY(%s)", partner_ids.to_pylist())
    links = _links(_sql("feed = %s", feed) + f" AND {wanted}")
    household = links.column("household_id").to_numpy()
    if some:
        homes = _sql("household_id = ANY(%s)", household.tolist())
    consent = _standing(_sql("purpose = %s", purpose) + f" AND {homes}")
    place = np.searchsorted(consent[0], household).clip(max=max(len(consent[0]) - 1, 0))
    if not len(consent[0]):
        return links.append_column("consent_from", pa.nulls(len(links), pa.int64()))
    stands = consent[0][place] == household
    return links.append_column("consent_from", pa.array(consent[1][place], mask=~stands))


def _sql(condition: str, *values: object) -> str:
    """COPY takes no parameters; the driver writes them out as it does for other statements."""
    with connection.cursor() as cursor:
        return str(cursor.mogrify(condition, values).decode())


def _links(condition: str) -> pa.Table:
    file = io.BytesIO()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(
            "COPY (SELECT partner_id, household_id,"  # noqa: S608 (written by the driver)
            f" valid_from - {_EPOCH}, valid_to - {_EPOCH}"
            f" FROM households_feedlink WHERE {condition}) TO STDOUT (FORMAT csv)",
            file,
        )
    kinds = {name: pa.int64() for name in _COLUMNS[1:]} | {"partner_id": pa.string()}
    if not file.tell():
        return pa.table({name: pa.array([], kinds[name]) for name in _COLUMNS})
    return pyarrow.csv.read_csv(
        pa.BufferReader(file.getbuffer()),
        read_options=pyarrow.csv.ReadOptions(column_names=list(_COLUMNS)),
        convert_options=pyarrow.csv.ConvertOptions(column_types=kinds),
    )


def _standing(condition: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(households, rising; the day in Seoul from which their consent stands)."""
    file = io.BytesIO()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(
            "COPY (SELECT household_id, given_at FROM households_consent"  # noqa: S608
            f" WHERE withdrawn_at IS NULL AND {condition}) TO STDOUT (FORMAT binary)",
            file,
        )
    count = (file.tell() - _COPY_HEAD - _COPY_TAIL) // _CONSENT.itemsize
    rows = np.frombuffer(file.getbuffer(), _CONSENT, count, _COPY_HEAD)
    household = rows["household"].astype(np.int64)
    given = rows["given_at"].astype(np.int64) // 1_000_000 + _FROM_2000
    order = np.argsort(household)
    return household[order], ((given + _SEOUL) // _DAY)[order]


def _most_of_them(asked: int) -> bool:
    """Whether reading all links costs less than naming those that are wanted."""
    return asked >= _MANY and about_links() <= 10 * asked


def about_links() -> int:
    """How many links there are, of all feeds, as the database last counted (-1: never)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'households_feedlink'::regclass")
        return int(cursor.fetchone()[0])


def _consent_days(
    household_ids: set[int], purpose: str
) -> dict[int, tuple[date | None, date | None]]:
    """{household: (first day of the standing consent, day of withdrawal)}; the latest row wins."""
    rows = (
        Consent.objects.filter(household_id__in=household_ids, purpose=purpose)
        .order_by("given_at", "id")
        .values_list("household_id", "given_at", "withdrawn_at")
    )
    days: dict[int, tuple[date | None, date | None]] = {}
    for household_id, given_at, withdrawn_at in rows:
        if withdrawn_at is None:
            days[household_id] = (local_day(given_at), None)
        else:
            days[household_id] = (None, local_day(withdrawn_at))
    return days


def linked(feed: str, day: date) -> "QuerySet[FeedLink]":
    """Links of watched homes that cover the local day and whose consent stands: those of which
    something is expected. At most one per household. KeyError for no feed."""
    standing = Consent.objects.standing().filter(
        household=OuterRef("household_id"), purpose=PURPOSE_OF_FEED[feed]
    )
    links: QuerySet[FeedLink] = FeedLink.objects.not_over(day).filter(
        Exists(standing),
        feed=feed,
        valid_from__lte=day,
        household__enrolment__state__in=WATCHED_STATES,
    )
    return links


def watched(now: datetime) -> "QuerySet[Household]":
    """Homes whose silence means something at `now`: learning or active."""
    return Household.objects.watched()


def absences(
    household_ids: Sequence[int], start: datetime, end: datetime
) -> list[tuple[int, datetime, datetime]]:
    """Absences that touch [start, end) as (household_id, from, to), with the real end where a
    person came back early. Ordered by household and time."""
    rows = Absence.objects.filter(household_id__in=household_ids).overlapping(start, end)
    return list(
        rows.order_by("household_id", "starts_at").values_list(
            "household_id", "starts_at", "effective_end"
        )
    )
