"""Dated versions of the county's settings; read through accounts.county_settings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.users import User


class SettingVersion(models.Model):
    """One value of one setting from `valid_from` on, with who and why. Append-only (trigger)."""

    name = models.CharField(_("설정"), max_length=80)
    value = models.JSONField(_("값"))
    valid_from = models.DateTimeField(_("적용 일시"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("변경 사유"), max_length=200)
    created_at = models.DateTimeField(_("등록 일시"))

    class Meta:
        ordering = ("name", "-valid_from", "-id")
        verbose_name = _("설정 이력")
        indexes = (
            models.Index(fields=("name", "-valid_from", "-id"), name="setting_version_latest"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="setting_version_has_a_reason"
            ),
            # A version that reached back would change what past decisions appear to rest on.
            models.CheckConstraint(
                condition=models.Q(valid_from__gte=models.F("created_at")),
                name="setting_version_never_reaches_back",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"
