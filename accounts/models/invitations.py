"""One-time links: to join, and to set a new password after a reset by an administrator."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.users import User


class Invitation(models.Model):
    """A one-time link for a prepared account. Only the digest of its token is stored.

    Times are real time, not programme time: a link must not die early because a demo runs fast.
    """

    class Purpose(models.TextChoices):
        JOIN = "join", _("가입")
        RESET = "reset", _("비밀번호 재설정")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    purpose = models.CharField(_("용도"), max_length=10, choices=Purpose.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("만든 일시"))
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField(_("유효 기한"))
    accepted_at = models.DateTimeField(_("사용 일시"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("취소 일시"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = _("초대")
        constraints = (
            models.UniqueConstraint(
                fields=("user", "purpose"),
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_open_per_user_and_purpose",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
                name="invitation_is_accepted_or_revoked_not_both",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")),
                name="invitation_expires_after_creation",
            ),
            models.CheckConstraint(
                condition=Q(revoked_by__isnull=True) | Q(revoked_at__isnull=False),
                name="invitation_revoked_by_needs_revoked_at",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.uid}"


class PhoneCode(models.Model):
    """A short code sent to a staff number to prove that it is theirs. Real time, digest only."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="phone_codes")
    phone_index = models.CharField(max_length=64)
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = _("번호 확인 코드")

    def __str__(self) -> str:
        return f"phone code #{self.pk}"
