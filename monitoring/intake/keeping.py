"""How long what hours are computed from is kept."""

from datetime import datetime

import numpy as np
from django.db import connection

from monitoring import feeds
from monitoring.intake.events import KEPT
from monitoring.intake.links import as_date, local_days


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
