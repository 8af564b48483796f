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
from monitoring import feeds, store

SAMPLE = 100
"""Homes looked at per township and feed: a feed that comes reaches at least one of so many."""
DAYS_BACK = 3

# LATERAL with LIMIT: the cost does not grow with the county.
_SAMPLE = """
SELECT feed.name, township.code, home.household_id
FROM {township} township
CROSS JOIN UNNEST(%(feeds)s::text[], %(purposes)s::text[]) AS feed(name, purpose)
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
"""


def newest(names: Sequence[str], *, today: date) -> dict[tuple[str, str], datetime | None]:
    """{(township code, feed): end of the newest hour received}; a query, and one per feed.

    None where homes are linked and nothing came in DAYS_BACK days; a pair without linked homes is
    left out.
    """
    found: dict[tuple[str, str], datetime | None] = {}
    first = today - timedelta(days=DAYS_BACK)
    for feed, homes in _sample(names).items():
        ids = np.array([household for _township, household in homes], np.int64)
        values = store.read_metrics(ids, first, today, feeds.connector(feed).metrics)
        came = np.isfinite(values).any(axis=0).reshape(len(ids), -1)
        places = np.array([township for township, _household in homes])
        for township in np.unique(places).tolist():
            hours = np.flatnonzero(came[places == township].any(axis=0))
            end = day_start(first) + timedelta(hours=int(hours[-1]) + 1) if len(hours) else None
            found[township, feed] = end
    return found


def _sample(names: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    """{feed: (township, household) of some homes of which it should bring something}."""
    tables = {
        "township": Township,
        "link": FeedLink,
        "household": Household,
        "enrolment": Enrolment,
        "consent": Consent,
    }
    sql = _SAMPLE.format(**{name: model._meta.db_table for name, model in tables.items()})
    wanted: dict[str, Any] = {
        "feeds": list(names),
        "purposes": [PURPOSE_OF_FEED[name] for name in names],
        "states": list(WATCHED_STATES),
        "sample": SAMPLE,
    }
    found: dict[str, list[tuple[str, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, wanted)
        for feed, township, household in cursor.fetchall():
            found.setdefault(feed, []).append((township, household))
    return found
