"""The outbox of notify, and the short messages that come back.

A message never holds a name, a number or an address: a kind, and an opaque link.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField
from accounts.models.users import User


class Message(models.Model):
    """One message to one member of staff over one channel.

    The row is the queue: `due_at` says when it must go, a sender claims it with `lease_until`.
    `state` is ours; `provider_status` is the telephone company's last word, kept apart.
    """

    class Channel(models.TextChoices):
        INBOX = "inbox", _("알림함")
        SMS = "sms", _("문자")
        EMAIL = "email", _("전자우편")

    class State(models.TextChoices):
        QUEUED = "queued", _("대기")
        SENDING = "sending", _("발송 중")
        SENT = "sent", _("발송")
        DELIVERED = "delivered", _("도착")
        FAILED = "failed", _("실패")
        CANCELLED = "cancelled", _("취소")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # One call of notify() writes a row per channel; they share this.
    notice_uid = models.UUIDField(default=uuid.uuid4, db_index=True, editable=False)
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="messages")
    # Set when a stand-in received it in somebody's place.
    on_behalf_of = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    channel = models.CharField(_("수단"), max_length=10, choices=Channel.choices)
    kind = models.CharField(_("종류"), max_length=60)
    link_path = models.CharField(max_length=200, blank=True)
    subject_uid = models.CharField(max_length=64, blank=True)
    count = models.PositiveIntegerField(null=True, blank=True)
    # A one-time token or a code that the text must carry; emptied as soon as the message is over.
    secret = EncryptedTextField(blank=True)
    urgent = models.BooleanField(_("긴급"), default=False)
    state = models.CharField(_("상태"), max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("시도"), default=0)
    created_at = models.DateTimeField(_("만든 일시"))
    due_at = models.DateTimeField(_("발송 예정"))
    lease_until = models.DateTimeField(null=True, blank=True)
    sid = models.CharField(max_length=64, blank=True)
    provider_status = models.CharField(max_length=20, blank=True)
    status_rank = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    sent_at = models.DateTimeField(_("발송 일시"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("도착 일시"), null=True, blank=True)
    failed_at = models.DateTimeField(_("실패 일시"), null=True, blank=True)
    read_at = models.DateTimeField(_("읽은 일시"), null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = _("알림")
        indexes = (
            models.Index(
                fields=("due_at", "id"),
                condition=Q(state__in=("queued", "sending")),
                name="message_due",
            ),
            models.Index(
                fields=("recipient", "-created_at"),
                condition=Q(channel="inbox"),
                name="message_inbox",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("sid",), condition=~Q(sid=""), name="message_sid_unique"
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | Q(failed_at__isnull=False),
                name="message_failed_at_is_set_when_failed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("sent", "delivered")) | Q(sent_at__isnull=False),
                name="message_sent_at_is_set_when_sent",
            ),
            models.CheckConstraint(
                condition=Q(link_path="") | Q(link_path__startswith="/"),
                name="message_link_is_a_path_of_ours",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.channel} #{self.pk}"


class InboundSms(models.Model):
    """A short message that came in. What somebody wrote is encrypted, their number is indexed."""

    class Meaning(models.TextChoices):
        STOP = "stop", _("수신 거부")
        START = "start", _("수신 재개")
        OTHER = "other", _("기타")

    sid = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="inbound_sms"
    )
    from_index = models.CharField(max_length=64, db_index=True)
    meaning = models.CharField(max_length=10, choices=Meaning.choices, default=Meaning.OTHER)
    body = EncryptedTextField(blank=True)
    received_at = models.DateTimeField(_("받은 일시"))

    class Meta:
        ordering = ("-received_at", "-id")
        verbose_name = _("받은 문자")

    def __str__(self) -> str:
        return f"inbound sms #{self.pk}"
