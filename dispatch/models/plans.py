"""The county's escalation plans: what happens after a light, in versions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class EscalationPlan(models.Model):
    """One version of the plan. Append-only: a change is a new version with a reason.

    `body` is what `dispatch.plans.schema` accepts. A case copies what concerns it when it opens,
    so a version explains the cases of its time for ever. Before the first version the default
    plan (`dispatch.plans.default`) is in force, as version 0.
    """

    version = models.PositiveIntegerField(_("판"), unique=True)
    body = models.JSONField()
    made_at = models.DateTimeField(_("저장한 때"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(_("변경 사유"), max_length=200)

    objects = models.Manager()

    class Meta:
        verbose_name = _("대응 계획")
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(condition=Q(version__gte=1), name="plan_version_from_one"),
            models.CheckConstraint(condition=~Q(reason=""), name="plan_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"plan {self.version}"
