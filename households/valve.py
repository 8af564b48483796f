"""What the intake of data may ask of this floor: whose a reading is, and whether it may be kept.

Consent is a valve (개인정보 보호법 15, 17, 22조): no standing consent, no reading.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import QuerySet

from households.days import local_day
from households.models import Absence, Consent, Feed, FeedLink, Household, Purpose

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
