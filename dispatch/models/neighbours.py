"""A neighbour or the 이장 is asked by a link whether they saw the person."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class NeighbourAnswer(models.TextChoices):
    SAW_WELL = "saw_well", _("잘 있는 것을 봤어요")
    COULD_NOT = "could_not", _("만나지 못했어요")


class SmsState(models.TextChoices):
    QUEUED = "queued", _("보낼 것")
    SENDING = "sending", _("보내는 중")
    SENT = "sent", _("보냄")
    FAILED = "failed", _("보내지 못함")


class NeighbourAsk(models.Model):
    """One question to one contact. Only the digest of the link's token is kept; the token itself
    stays, encrypted, until the message has left, and is emptied then."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(
        "dispatch.Case", on_delete=models.PROTECT, related_name="neighbour_asks"
    )
    contact = models.ForeignKey("households.Contact", on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    token = EncryptedTextField(blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=10, choices=NeighbourAnswer.choices, blank=True)
    sms_state = models.CharField(max_length=8, choices=SmsState.choices, default=SmsState.QUEUED)
    sms_lease_until = models.DateTimeField(null=True)
    sms_tries = models.PositiveSmallIntegerField(default=0)

    objects = models.Manager()

    class Meta:
        verbose_name = _("이웃 확인 요청")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | Q(answer__in=NeighbourAnswer.values, answered_at__isnull=False),
                name="neighbour_answer_is_paired",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("asked_at")), name="neighbour_expires_later"
            ),
            models.CheckConstraint(
                condition=Q(sms_state=SmsState.SENDING, sms_lease_until__isnull=False)
                | (~Q(sms_state=SmsState.SENDING) & Q(sms_lease_until__isnull=True)),
                name="neighbour_sending_has_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(sms_state__in=[SmsState.QUEUED, SmsState.SENDING]),
                name="neighbour_to_send",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)
