"""Planned silence: travel, hospital, work away. It ends, and its end is announced."""

import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField
from households.querysets import AbsenceQuerySet


class AbsenceKind(models.TextChoices):
    TRAVEL = "travel", _("여행")
    HOSPITAL = "hospital", _("입원·병원")
    RELATIVES = "relatives", _("친지집")
    WORK = "work", _("일하러 감")
    FACILITY = "facility", _("시설 입소")


class AbsenceSource(models.TextChoices):
    SELF = "self", _("본인")
    TOWNSHIP = "township", _("읍·면")
    FAMILY = "family", _("가족")
    NEIGHBOUR = "neighbour", _("이웃")


def _effective() -> Func:
    """[start, real end): an absence taken back before its start is an empty range."""
    return Func(
        F("starts_at"),
        Greatest(F("starts_at"), Coalesce(F("ended_at"), F("ends_at"))),
        function="tstzrange",
        output_field=DateTimeRangeField(),
    )


class Absence(models.Model):
    """부재. Runs from `starts_at` to `ended_at`, or to `ends_at` while it has not ended."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="absences"
    )
    starts_at = models.DateTimeField(_("시작"))
    ends_at = models.DateTimeField(_("돌아올 때"))
    kind = models.CharField(_("까닭"), max_length=12, choices=AbsenceKind.choices)
    source = models.CharField(_("누가 알렸나"), max_length=12, choices=AbsenceSource.choices)
    note = EncryptedTextField(_("메모"), blank=True, default="")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # Set once, together with the announcement: by a person (early) or when `ends_at` has passed.
    ended_at = models.DateTimeField(_("끝난 때"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("부재")
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="absence_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__lte=F("ends_at")),
                name="absence_ended_within_plan",
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | Q(ended_at__isnull=False),
                name="absence_end_is_paired",
            ),
            ExclusionConstraint(
                name="absence_no_overlap",
                expressions=[
                    ("household", RangeOperators.EQUAL),
                    (_effective(), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"], condition=Q(ended_at__isnull=True), name="absence_to_announce"
            )
        ]

    def __str__(self) -> str:
        return f"{self.household_id} {self.starts_at:%Y-%m-%d}"
