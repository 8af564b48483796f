"""Whose reading it is, and whether it may be kept: the valve of consent, applied per day."""

from datetime import date, timedelta

import numpy as np

from households.valve import LinkRow, links_for
from monitoring.intake.times import SEOUL_OFFSET
from monitoring.intake.validate import Ints, Readings

UNKNOWN, NO_CONSENT = -1, -2

DAY = 86400
_EPOCH = date(1970, 1, 1)


def local_days(at: Ints) -> Ints:
    """Days since 1970 in Seoul."""
    return (at + SEOUL_OFFSET) // DAY


def as_date(day: int) -> date:
    return _EPOCH + timedelta(days=int(day))


def households_of(feed: str, readings: Readings) -> Ints:
    """Per reading the household's id, UNKNOWN where no link covers its day, NO_CONSENT where the
    link's household has no consent standing for that day."""
    links: dict[str, list[LinkRow]] = {}
    for link in links_for(feed, readings.meters):
        links.setdefault(link.partner_id, []).append(link)
    pairs, which = np.unique(
        readings.meter * (1 << 32) + local_days(readings.at), return_inverse=True
    )
    owners = np.array(
        [
            _owner(links.get(readings.meters[pair >> 32], ()), as_date(pair & 0xFFFFFFFF))
            for pair in pairs.tolist()
        ],
        dtype=np.int64,
    )
    return owners[which] if len(pairs) else np.empty(0, dtype=np.int64)


def _owner(links: "list[LinkRow] | tuple[()]", day: date) -> int:
    for link in links:
        if link.valid_from <= day and (link.valid_to is None or day < link.valid_to):
            consented = link.consent_from is not None and link.consent_from <= day
            return link.household_id if consented else NO_CONSENT
    return UNKNOWN
