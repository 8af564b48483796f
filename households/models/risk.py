"""The survey's risk group: dated, never a colour (the light is something else)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField
from households.querysets import HouseholdOwnedQuerySet


class RiskGroup(models.TextChoices):
    HIGH = "high", _("고위험군")
    MEDIUM = "medium", _("중위험군")
    LOW = "low", _("저위험군")
    GENERAL = "general", _("일반군")


class RiskAssessment(models.Model):
    """위험군. The latest row whose `from_date` has come is the current one."""

    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="risk_assessments"
    )
    group = models.CharField(_("위험군"), max_length=8, choices=RiskGroup.choices)
    from_date = models.DateField(_("적용일"))
    reason = EncryptedTextField(_("이유"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    objects = HouseholdOwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("위험군 평가")
        ordering = ["-from_date", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(group__in=RiskGroup.values), name="risk_group_known"
            ),
        ]
        indexes = [models.Index(fields=["household", "-from_date", "-id"])]

    def __str__(self) -> str:
        return f"{self.household_id} {self.group}"
