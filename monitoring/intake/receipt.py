"""Writes the receipt of a file: the Delivery row, the ids nobody knows, a refused file."""

import gzip
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import transaction

from accounts.models import User
from monitoring.intake.refusals import Refused
from monitoring.models import Delivery, DeliveryFile, PartnerToken, UnknownId
from monitoring.models.deliveries import FILE_KEPT, DeliveryState

SET_ASIDE_SHOWN = 100
_UNPRINTABLE = re.compile(r"[^\w.()\[\] +-]")


@dataclass(frozen=True)
class Parcel:
    """What came to the door, and from whom."""

    feed: str
    content: bytes
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
            "sha256": hashlib.sha256(self.content).hexdigest(),
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
                "content": gzip.compress(parcel.content, compresslevel=1, mtime=0),
                "size": len(parcel.content),
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


def _remember_unknown(parcel: Parcel, ids: list[str]) -> None:
    UnknownId.objects.bulk_create(
        [
            UnknownId(
                feed=parcel.feed,
                partner_id=partner_id,
                first_seen_at=parcel.now,
                last_seen_at=parcel.now,
            )
            for partner_id in ids
        ],
        update_conflicts=True,
        unique_fields=["feed", "partner_id"],
        update_fields=["last_seen_at"],
    )
