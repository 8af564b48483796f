"""Writes the receipt of a file: the Delivery row, a refused file."""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import transaction

from accounts.models import User
from monitoring.intake import unknown
from monitoring.intake.refusals import Refused
from monitoring.intake.spool import Spool
from monitoring.models import Delivery, DeliveryFile, PartnerToken
from monitoring.models.deliveries import DETAILS_KEPT, FILE_KEPT, DeliveryState

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
    witness: Callable[[Delivery], None] | None = None
    """Writes down elsewhere that the delivery came; in its transaction."""
    started: float = field(default_factory=monotonic)

    def header(self) -> dict[str, Any]:
        return {
            "feed": self.feed,
            "source": self.source,
            "sha256": self.spool.sha256(),
            "filename": _shown(self.filename),
            "received_at": self.now,
            "by": self.by,
            "token": self.token,
            "seconds": monotonic() - self.started,
        }


def write_receipt(parcel: Parcel, unknown_ids: list[str], **counts: Any) -> Delivery:
    """The receipt of a file that was read. Inside the transaction that stored its readings."""
    unknown.remember(parcel.feed, unknown_ids, now=parcel.now)
    return _create(
        parcel,
        **counts,
        state=DeliveryState.ACCEPTED,
        set_aside={"unknown": unknown_ids[:SET_ASIDE_SHOWN]} if unknown_ids else {},
    )


def _create(parcel: Parcel, **fields: Any) -> Delivery:
    delivery = Delivery.objects.create(**parcel.header(), **fields)
    if parcel.witness is not None:
        parcel.witness(delivery)
    return delivery


def write_refusal(parcel: Parcel, refused: Refused) -> Delivery:
    """The receipt of a file that could not be read, and the file itself, once per content."""
    with transaction.atomic():
        file, _created = DeliveryFile.objects.get_or_create(
            sha256=parcel.spool.sha256(),
            defaults={
                "content": gzip.compress(parcel.spool.head(), compresslevel=1, mtime=0),
                "size": parcel.spool.size,
            },
        )
        return _create(
            parcel,
            state=DeliveryState.REFUSED,
            refusal=refused.code.value,
            refusal_detail=refused.detail[:200],
            file=file,
        )


def write_untaken(
    *, feed: str, filename: str, source: str, refused: Refused, now: datetime
) -> Delivery:
    """The receipt of a file that nobody could even read; there is nothing of it to keep."""
    return Delivery.objects.create(
        feed=feed,
        source=source,
        sha256="",
        filename=_shown(filename),
        received_at=now,
        seconds=0.0,
        state=DeliveryState.REFUSED,
        refusal=refused.code.value,
        refusal_detail=refused.detail[:200],
    )


def _shown(filename: str) -> str:
    """The name alone, its end where it is long, without letters that a page could trip over."""
    return _UNPRINTABLE.sub("_", filename.replace("\\", "/").rpartition("/")[2])[-120:]


def purge_refused_files(*, now: datetime) -> int:
    """Delete files that nobody has delivered for FILE_KEPT; their receipts stay. How many."""
    old = DeliveryFile.objects.exclude(deliveries__received_at__gt=now - FILE_KEPT)
    return old.delete()[1].get("monitoring.DeliveryFile", 0)


def forget_details(*, now: datetime) -> int:
    """What a receipt says of single rows and ids goes after DETAILS_KEPT; its counts stay. Returns
    of how many receipts it went."""
    old = Delivery.objects.filter(received_at__lt=now - DETAILS_KEPT)
    return old.exclude(errors=[], set_aside={}).update(errors=[], set_aside={})
