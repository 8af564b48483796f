"""A form left half-way."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField


class EnrolDraft(models.Model):
    """What a clerk had typed into the enrol form: his own, encrypted, gone after success."""

    clerk = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrol_draft"
    )
    payload = EncryptedTextField()  # JSON {field: value}
    saved_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        verbose_name = _("작성 중인 가입 신청")

    def __str__(self) -> str:
        return f"{self.clerk_id}"
