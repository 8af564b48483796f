"""How long readings are kept, and their end when a consent is withdrawn."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from django.db import connection, transaction

from monitoring import feeds
from monitoring.intake.events import KEPT
from monitoring.intake.links import as_date, local_days
from monitoring.intake.locks import hold_feed
from monitoring.models import RawReading, SignalDay


@transaction.atomic
def forget(*, household_ids: Sequence[int], feed: str) -> int:
    """Every reading of one feed of these homes, hours and what they were computed from. Returns
    how many household-days of hours went. A file that still saw the consent is waited for."""
    hold_feed(feed)
    connector = feeds.connector(feed)
    days = SignalDay.objects.filter(household_id__in=household_ids)
    gone = days.filter(metric__in=connector.metrics).delete()[0]
    days.filter(metric__in=connector.quarter_metrics).delete()
    RawReading.objects.filter(household_id__in=household_ids, metric__in=connector.metrics).delete()
    return int(gone)


def forget_old(*, now: datetime) -> int:
    """Events and quarters of an hour past their 35 days; their hours stay. Returns how many rows.

    Days are dropped whole, so that no hour is left with half of what it was computed from.
    """
    limit = as_date(int(local_days(np.array([int((now - KEPT).timestamp())]))[0]))
    quarters = [name for connector in feeds.all() for name in connector.quarter_metrics]
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM monitoring_rawreading"
            " WHERE at < (%s::date::timestamp AT TIME ZONE 'Asia/Seoul')",
            [limit],
        )
        gone = cursor.rowcount
        cursor.execute(
            "DELETE FROM monitoring_signalday WHERE day < %s AND metric = ANY(%s)",
            [limit, quarters],
        )
        return int(gone + cursor.rowcount)
