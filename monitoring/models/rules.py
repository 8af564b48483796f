"""Which rule decides: the live model, the candidate in its shadow, and what they would do."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RuleState(models.TextChoices):
    SHADOW = "shadow", _("옆에서 돌려 보는 중")
    LIVE = "live", _("쓰는 중")
    RETIRED = "retired", _("물러남")


class DetectionRule(models.Model):
    """A trained model with its card. While none is live, the one that ships decides.

    A model goes live only out of shadow: never without having run beside the old one.
    """

    version = models.CharField(_("이름"), max_length=40, unique=True)
    model = models.BinaryField()
    card = models.JSONField()
    state = models.CharField(_("상태"), max_length=8, choices=RuleState.choices)
    shadow_since = models.DateTimeField(_("옆에서 돌린 때부터"))
    live_since = models.DateTimeField(_("쓰기 시작한 때"), null=True)
    retired_at = models.DateTimeField(_("물러난 때"), null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(_("까닭"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("감지 기준")
        ordering = ["-shadow_since", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="live"), name="rule_one_live"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="shadow"), name="rule_one_shadow"
            ),
        ]


class TuningCurve(models.Model):
    """Delay against alarms on the county's own history, computed in the background.

    `points`: rows of {budget, alarms_per_day, median_h, p90_h, missed, …}; null until it is done.
    """

    asked_at = models.DateTimeField(_("시작한 때"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    rule = models.CharField(_("감지 기준"), max_length=40)
    done_percent = models.PositiveSmallIntegerField(_("진행"), default=0)
    finished_at = models.DateTimeField(_("끝난 때"), null=True)
    failure = models.CharField(_("실패한 까닭"), max_length=200, blank=True)
    points = models.JSONField(null=True)

    class Meta:
        verbose_name = _("기준 곡선")
        ordering = ["-asked_at", "-id"]
