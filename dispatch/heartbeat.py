"""The pulse of the engine: when it last passed. /readyz and the desk's banner read it."""

from datetime import datetime

from django.db import connection
from django.db.models.functions import Now

from dispatch.models import SweepPulse


def beat(*, now: datetime, seconds: float, clean: bool, parts: list[dict[str, object]]) -> None:
    """Write the pulse of one pass. `clean_at` stays where it was when a part failed."""
    fields: dict[str, object] = {
        "swept_at": now,
        "finished_at": Now(),
        "seconds": seconds,
        "parts": parts,
    }
    if clean:
        fields["clean_at"] = now
    SweepPulse.objects.update_or_create(pk=1, defaults=fields)


def sweep_age_seconds() -> float | None:
    """Real seconds since the last pass ended, by the database's clock; None: never."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp() - finished_at) "
            "FROM dispatch_sweeppulse WHERE id = 1"
        )
        row = cursor.fetchone()
    return None if row is None else round(max(0.0, float(row[0])), 1)
