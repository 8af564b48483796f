"""Writes the receipt of a file: the Delivery row, the ids nobody knows, a refused file."""

import gzip
import re
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from monitoring.intake.refusals import Refused
from monitoring.intake.spool import Spool
from monitoring.models import Delivery, DeliveryFile, PartnerToken
from monitoring.models.deliveries import FILE_KEPT, DeliveryState

SET_ASIDE_SHOWN = 100
_UNPRINTABLE = re.compile(r"[^\w.()\[\] +-]")


@dataclass(frozen=True)
class Parcel:
    """What came to the door, and from whom."""

    feed: str
    spool: Spool
    filename: str
    source: str
    now: datetime
    by: User | None = None
    token: PartnerToken | None = None
    started: float = field(default_factory=monotonic)

    def header(self) -> dict[str, Any]:
        name = _UNPRINTABLE.sub("_", self.filename.replace("\\", "/").rpartition("/")[2])
        return {
            "feed": self.feed,
            "source": self.source,
            "sha256": self.spool.sha256(),
            "filename": name[-120:],
            "received_at": self.now,
            "by": self.by,
            "token": self.token,
            "seconds": monotonic() - self.started,
        }


def write_receipt(parcel: Parcel, set_aside: dict[str, list[str]], **counts: Any) -> Delivery:
    """The receipt of a file that was read. Inside the transaction that stored its readings."""
    _remember_unknown(parcel, set_aside["unknown"])
    return Delivery.objects.create(
        **parcel.header(),
        **counts,
        state=DeliveryState.ACCEPTED,
        set_aside={kind: ids[:SET_ASIDE_SHOWN] for kind, ids in set_aside.items()},
    )


def write_refusal(parcel: Parcel, refused: Refused) -> Delivery:
    """The receipt of a file that could not be read, and the file itself, once per content."""
    header = parcel.header()
    with transaction.atomic():
        file, _created = DeliveryFile.objects.get_or_create(
            sha256=header["sha256"],
            defaults={
                "content": gzip.compress(parcel.spool.head(), compresslevel=1, mtime=0),
                "size": parcel.spool.size,
            },
        )
        return Delivery.objects.create(
            **header,
            state=DeliveryState.REFUSED,
            refusal=refused.code.value,
            refusal_detail=refused.detail[:200],
            file=file,
        )


def purge_refused_files(*, now: datetime) -> int:
    """Delete files that nobody has delivered for FILE_KEPT; their receipts stay. How many."""
    old = DeliveryFile.objects.exclude(deliveries__received_at__gt=now - FILE_KEPT)
    return old.delete()[1].get("monitoring.DeliveryFile", 0)


_REMEMBER = """
    INSERT INTO monitoring_unknownid AS known (feed, partner_id, first_seen_at, last_seen_at)
    SELECT %(feed)s, partner_id, %(now)s, %(now)s FROM unnest(%(ids)s) AS partner_id
    ON CONFLICT (feed, partner_id) DO UPDATE
        SET last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)
        WHERE known.discarded_at IS NULL
"""


def _remember_unknown(parcel: Parcel, ids: list[str]) -> None:
    """Once per id. What somebody has discarded stays discarded and is not touched."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_REMEMBER, {"feed": parcel.feed, "now": parcel.now, "ids": ids})
