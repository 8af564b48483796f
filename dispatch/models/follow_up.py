"""After the case: somebody looks again on a set day, and the township learns what is needed."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dispatch.querysets import HouseholdRowQuerySet


class FollowUpHow(models.TextChoices):
    VISIT = "visit", _("방문")
    CALL = "call", _("전화")


class FollowUpResult(models.TextChoices):
    WELL = "well", _("잘 지냄")
    NEEDS_HELP = "needs_help", _("도움이 더 필요함")
    NOT_MET = "not_met", _("만나지 못함")
    NOT_NEEDED = "not_needed", _("필요 없어짐")


class FollowUp(models.Model):
    """사후 확인. One visit or call with the day by which it is due."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="follow_ups"
    )
    case = models.ForeignKey(
        "dispatch.Case", on_delete=models.PROTECT, null=True, related_name="follow_ups"
    )
    how = models.CharField(_("방법"), max_length=8, choices=FollowUpHow.choices)
    due_on = models.DateField(_("언제까지"))
    note = models.BinaryField(default=bytes)  # sealed under the person's key
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    result = models.CharField(_("결과"), max_length=12, choices=FollowUpResult.choices, blank=True)
    result_note = models.BinaryField(default=bytes)  # sealed
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = HouseholdRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("사후 확인")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(result="", done_at__isnull=True, done_by__isnull=True)
                | Q(result__in=FollowUpResult.values, done_at__isnull=False, done_by__isnull=False),
                name="follow_up_done_is_paired",
            ),
            models.UniqueConstraint(
                fields=["household", "how", "due_on"],
                condition=Q(done_at__isnull=True),
                name="follow_up_open_once_a_day",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"], condition=Q(done_at__isnull=True), name="follow_up_due"
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class NeedKind(models.TextChoices):
    LIVELIHOOD = "livelihood", _("생계")
    HEALTH = "health", _("건강·의료")
    MIND = "mind", _("마음 건강")
    CARE = "care", _("돌봄·식사")
    HOME = "home", _("집·안전")
    LONELY = "lonely", _("사람과의 만남")


class NeedNote(models.Model):
    """필요한 도움. What the person needs, told to the township by whoever saw it."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="needs"
    )
    case = models.ForeignKey(
        "dispatch.Case", on_delete=models.PROTECT, null=True, related_name="needs"
    )
    kind = models.CharField(_("무엇이"), max_length=12, choices=NeedKind.choices)
    note = models.BinaryField(default=bytes)  # sealed under the person's key
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    key = models.CharField(max_length=64, blank=True)
    met_at = models.DateTimeField(null=True)
    met_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = HouseholdRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("필요한 도움")
        ordering = ["-noted_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=NeedKind.values), name="need_kind_known"),
            models.CheckConstraint(
                condition=Q(met_at__isnull=True, met_by__isnull=True)
                | Q(met_at__isnull=False, met_by__isnull=False),
                name="need_met_is_paired",
            ),
            models.UniqueConstraint(
                fields=["household", "key"], condition=~Q(key=""), name="need_key_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)
