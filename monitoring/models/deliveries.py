"""What partners delivered: the receipt of every file, what was wrong in it, what was set aside."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedBinaryField
from households.models import Feed
from monitoring.models.partners import PartnerToken
from monitoring.querysets import DeliveryQuerySet, UnknownIdQuerySet

_FEED = 8
FILE_KEPT = timedelta(days=30)
DETAILS_KEPT = timedelta(days=30)
"""`errors` and `set_aside` of a delivery: long enough to write to the partner about them."""


class Source(models.TextChoices):
    """Through which door a file came."""

    COMMAND = "command", _("명령")
    API = "api", _("연계 API")
    FOLDER = "folder", _("폴더")
    PULL = "pull", _("가져오기")


class DeliveryState(models.TextChoices):
    ACCEPTED = "accepted", _("받음")
    REFUSED = "refused", _("거절")


class DeliveryFile(models.Model):
    """A file that could not be read, kept so that somebody can look why; once per content.

    Nobody knows whose data are in it, so it is encrypted and goes after FILE_KEPT.

    Accepted files are not kept: they hold readings of people without consent too, and what may be
    kept of them is in SignalDay.
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = EncryptedBinaryField(help_text="gzip, whatever the file was")
    size = models.PositiveBigIntegerField(help_text="bytes as delivered")

    class Meta:
        verbose_name = _("받은 파일")


class Delivery(models.Model):
    """One file that came through the door, and its receipt.

    rows = accepted + unchanged + corrected + rejected + unknown + no_consent, except for a file
    refused whole, whose counts are all 0.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    feed = models.CharField(_("자료"), max_length=_FEED, choices=Feed.choices)
    source = models.CharField(_("들어온 길"), max_length=8, choices=Source.choices)
    state = models.CharField(_("결과"), max_length=8, choices=DeliveryState.choices)
    sha256 = models.CharField(max_length=64)
    filename = models.CharField(_("파일"), max_length=120)
    received_at = models.DateTimeField(_("받은 때"))
    rows = models.PositiveIntegerField(_("행"), default=0)
    accepted = models.PositiveIntegerField(_("새로 받음"), default=0)
    unchanged = models.PositiveIntegerField(_("그대로"), default=0)
    corrected = models.PositiveIntegerField(_("고침"), default=0)
    rejected = models.PositiveIntegerField(_("오류"), default=0)
    unknown = models.PositiveIntegerField(_("모르는 번호"), default=0)
    no_consent = models.PositiveIntegerField(_("동의 없음"), default=0)
    # At most 100 of {row, column, value, expected}. They and `set_aside` go after DETAILS_KEPT.
    errors = models.JSONField(default=list)
    # {"unknown": at most 100 partner ids}; those of people without consent are only counted.
    set_aside = models.JSONField(default=dict)
    refusal = models.CharField(max_length=40, blank=True)  # code, see intake.refusals
    refusal_detail = models.CharField(max_length=200, blank=True)  # English
    data_until = models.DateTimeField(_("자료가 온 데까지"), null=True)
    seconds = models.FloatField(_("걸린 시간"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    token = models.ForeignKey(
        PartnerToken, on_delete=models.PROTECT, null=True, related_name="deliveries"
    )
    file = models.ForeignKey(
        DeliveryFile, on_delete=models.SET_NULL, null=True, related_name="deliveries"
    )

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("자료 수신")
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["feed", "-received_at"], name="delivery_by_feed"),
            models.Index(fields=["-received_at", "-id"], name="delivery_newest_first"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(feed__in=Feed.values), name="delivery_feed_known"),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.ACCEPTED, refusal="")
                | (Q(state=DeliveryState.REFUSED) & ~Q(refusal="")),
                name="delivery_refused_with_reason",
            ),
        ]

    @property
    def number(self) -> str:
        """The receipt number as people read it: the first eight digits of the uid."""
        return str(self.uid)[:8].upper()

    @property
    def refused(self) -> bool:
        return self.state == DeliveryState.REFUSED

    def receipt(self) -> dict[str, Any]:
        """The receipt as every door gives it. A refused file adds `refused` with the reason."""
        receipt: dict[str, Any] = {
            "delivery": str(self.uid),
            "feed": self.feed,
            "rows": self.rows,
            "accepted": self.accepted,
            "unchanged": self.unchanged,
            "corrected": self.corrected,
            "rejected": self.rejected,
            "unknown": self.unknown,
            "no_consent": self.no_consent,
            "errors": self.errors,
            "seconds": round(self.seconds, 3),
        }
        if self.refused:
            receipt["refused"] = self.refusal_detail
        return receipt


class UnknownId(models.Model):
    """A partner's id that belongs to no household. The id alone is kept, none of its readings.

    It waits until somebody links it to a household or discards it, or until no file has named it
    for a while (monitoring.intake.unknown).
    """

    feed = models.CharField(_("자료"), max_length=_FEED, choices=Feed.choices)
    partner_id = models.CharField(_("기관이 쓰는 번호"), max_length=64)
    first_seen_at = models.DateTimeField(_("처음 온 때"))
    last_seen_at = models.DateTimeField(_("마지막으로 온 때"))
    discarded_at = models.DateTimeField(_("치운 때"), null=True)
    discarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = UnknownIdQuerySet.as_manager()

    class Meta:
        verbose_name = _("모르는 번호")
        ordering = ["-last_seen_at", "partner_id"]
        constraints = [
            models.UniqueConstraint(fields=["feed", "partner_id"], name="unknown_id_once"),
            models.CheckConstraint(
                condition=Q(discarded_at__isnull=True, discarded_by__isnull=True)
                | Q(discarded_at__isnull=False, discarded_by__isnull=False),
                name="unknown_id_discarded_by_somebody",
            ),
        ]


class FetchedFile(models.Model):
    """A file on a partner's server that was fetched, so that it is not fetched every hour.

    `fingerprint` is its size and time there: a file that was replaced is fetched again.
    """

    feed = models.CharField(_("자료"), max_length=_FEED, choices=Feed.choices)
    path = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64)
    fetched_at = models.DateTimeField(_("가져온 때"))
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("가져온 파일")
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "path", "fingerprint"], name="fetched_file_once"
            ),
        ]
