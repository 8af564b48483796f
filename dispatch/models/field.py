"""A responder's phone: the key of one visit on it, and what it sent out of a dead spot."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class FieldKey(models.Model):
    """The secret of one visit on one phone. The phone derives two keys from it that cannot be read
    out again: one opens the card kept there, one signs what is sent later.

    The card is readable until `card_until`; what was queued is taken until `send_until`. Revoking
    empties the secret, and so does the night after `send_until`: nothing signed with it is believed
    any more.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey("dispatch.Visit", on_delete=models.PROTECT, related_name="keys")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    secret = EncryptedTextField(blank=True)
    issued_at = models.DateTimeField()
    card_until = models.DateTimeField()
    send_until = models.DateTimeField()
    seen_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = models.Manager()

    class Meta:
        verbose_name = _("출동 카드 열쇠")
        ordering = ["-issued_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="field_key_revoked_is_paired",
            ),
        ]
        indexes = [models.Index(fields=["visit", "user"], name="field_key_by_visit")]

    def __str__(self) -> str:
        return str(self.uid)


class FieldVerb(models.TextChoices):
    """What a phone may send later. The words are those of the list on the phone."""

    ACCEPT = "accept", _("수락")
    DECLINE = "decline", _("못 감")
    DEPART = "depart", _("출발")
    ARRIVE = "arrive", _("도착")
    COMPANY = "company", _("동행")
    FOUND = "found", _("확인 결과")
    NOTE = "note", _("메모")
    PHOTO = "photo", _("사진")


class ActionOutcome(models.TextChoices):
    APPLIED = "applied", _("처리함")
    KEPT = "kept", _("보관함")  # the rules no longer allowed it: logged and told, nothing changed


class FieldAction(models.Model):
    """One action that came from a phone, once for each of its keys.

    `device_at` is what the phone's clock said, `offset_ms` by how much that clock was behind ours
    when it last met us, `happened_at` what we take as true (never in the future, never before the
    visit was asked for), `received_at` when it reached us. All four stay.
    """

    visit = models.ForeignKey("dispatch.Visit", on_delete=models.PROTECT, related_name="actions")
    key = models.ForeignKey(FieldKey, on_delete=models.PROTECT, related_name="actions")
    item = models.UUIDField(unique=True)
    verb = models.CharField(max_length=8, choices=FieldVerb.choices)
    data = models.JSONField(default=dict)  # codes only
    note = models.BinaryField(default=bytes)  # sealed under the person's key
    seq = models.PositiveIntegerField()
    device_at = models.DateTimeField()
    offset_ms = models.BigIntegerField()
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    adjusted = models.BooleanField(default=False)  # the phone's time could not be right
    outcome = models.CharField(max_length=8, choices=ActionOutcome.choices)
    why = models.CharField(max_length=200, blank=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("현장에서 보낸 일")
        ordering = ["happened_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verb__in=FieldVerb.values, outcome__in=ActionOutcome.values),
                name="field_action_codes_known",
            ),
            models.CheckConstraint(
                condition=Q(happened_at__lte=models.F("received_at")),
                name="field_action_not_from_the_future",
            ),
            models.CheckConstraint(
                condition=Q(outcome=ActionOutcome.APPLIED, why="")
                | Q(outcome=ActionOutcome.KEPT, why__gt=""),
                name="field_action_kept_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.verb}"
