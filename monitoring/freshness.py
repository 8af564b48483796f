"""Until when each feed is known in each township. A sample of homes tells it for all of them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from accounts.models import Township
from households.days import day_start
from households.models import Consent, Enrolment, FeedLink, Household
from households.rules import WATCHED_STATES
from households.valve import PURPOSE_OF_FEED
from monitoring import feeds
from monitoring.models import SignalDay

SAMPLE = 100
"""Homes looked at per township and feed: a feed that comes reaches at least one of so many."""
DAYS_BACK = 3
_SLOTS = np.dtype("<f4")

# LATERAL with LIMIT: the cost does not grow with the county.
_SQL = """
SELECT picked.township_id, picked.feed, signal.day, signal.values
FROM (
    SELECT township.code AS township_id, feed.name AS feed, feed.metrics, home.household_id
    FROM {township} township
    CROSS JOIN UNNEST(%(feeds)s::text[], %(metrics)s::text[], %(purposes)s::text[])
        AS feed(name, metrics, purpose)
    CROSS JOIN LATERAL (
        SELECT link.household_id FROM {link} link
        JOIN {household} household ON household.id = link.household_id
        JOIN {enrolment} enrolment ON enrolment.household_id = household.id
        WHERE household.township_id = township.code AND link.feed = feed.name
            AND link.valid_to IS NULL AND enrolment.state = ANY(%(states)s)
            AND EXISTS (
                SELECT FROM {consent} consent WHERE consent.household_id = household.id
                AND consent.purpose = feed.purpose AND consent.withdrawn_at IS NULL
            )
        LIMIT %(sample)s
    ) home
) picked
LEFT JOIN {signal} signal ON signal.household_id = picked.household_id
    AND signal.day BETWEEN %(first)s AND %(last)s
    AND signal.metric = ANY(string_to_array(picked.metrics, ','))
"""


def newest(names: Sequence[str], *, today: date) -> dict[tuple[str, str], datetime | None]:
    """{(township code, feed): end of the newest hour received}; one query.

    None where homes are linked and nothing came in DAYS_BACK days; a pair without linked homes is
    left out.
    """
    found: dict[tuple[str, str], datetime | None] = {}
    for township, feed, day, values in _rows(names, today - timedelta(days=DAYS_BACK), today):
        known = found.setdefault((township, feed), None)
        if day is None:
            continue
        hours = np.flatnonzero(np.isfinite(np.frombuffer(values, _SLOTS)))
        if len(hours):
            end = day_start(day) + timedelta(hours=int(hours[-1]) + 1)
            found[township, feed] = end if known is None else max(known, end)
    return found


def _rows(
    names: Sequence[str], first: date, last: date
) -> list[tuple[str, str, date | None, bytes]]:
    tables = {
        "township": Township,
        "link": FeedLink,
        "household": Household,
        "enrolment": Enrolment,
        "consent": Consent,
        "signal": SignalDay,
    }
    sql = _SQL.format(**{name: model._meta.db_table for name, model in tables.items()})
    wanted: dict[str, Any] = {
        "feeds": list(names),
        "metrics": [",".join(feeds.connector(name).metrics) for name in names],
        "purposes": [PURPOSE_OF_FEED[name] for name in names],
        "states": list(WATCHED_STATES),
        "sample": SAMPLE,
        "first": first,
        "last": last,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, wanted)
        return list(cursor.fetchall())
