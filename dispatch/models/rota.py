"""Who goes out for whom, at which hours and on which days: rows the county writes, never code."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class DayKind(models.TextChoices):
    ANY = "any", _("모든 날")
    WORKING = "working", _("평일")
    FREE = "free", _("주말·공휴일")


class Whom(models.TextChoices):
    TOWNSHIP_OFFICE = "office", _("그 읍·면사무소 직원")
    ORGANISATION = "organisation", _("한 기관의 직원")
    PERSON = "person", _("한 사람")


class ResponderRule(models.Model):
    """One line of the rota: in this township, on these days, from this hour until that one, these
    people are asked. Lines are tried by `rank`; whoever they name must hold the responder's role.

    `until_time` before `from_time` goes over midnight, and such a night belongs to the day on which
    it began; both equal is the whole day. `valid_from`/`valid_until` (last day) date the line: a
    change of the county's practice ends one and begins another, and last year's stays readable.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    township = models.ForeignKey(
        "accounts.Township",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="responder_rules",
        verbose_name=_("읍·면"),
    )
    days = models.CharField(_("날"), max_length=8, choices=DayKind.choices)
    from_time = models.TimeField(_("시작 시각"))
    until_time = models.TimeField(_("끝 시각"))
    rank = models.PositiveSmallIntegerField(_("순서"))
    whom = models.CharField(_("누구에게"), max_length=12, choices=Whom.choices)
    organisation = models.ForeignKey(
        "accounts.Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("기관"),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("사람"),
    )
    valid_from = models.DateField(_("적용 시작일"))
    valid_until = models.DateField(_("마지막 적용일"), null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = models.Manager()

    class Meta:
        verbose_name = _("출동 순번")
        ordering = ["rank", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(days__in=DayKind.values), name="rota_days_known"),
            models.CheckConstraint(
                condition=Q(
                    whom=Whom.TOWNSHIP_OFFICE, organisation__isnull=True, person__isnull=True
                )
                | Q(whom=Whom.ORGANISATION, organisation__isnull=False, person__isnull=True)
                | Q(whom=Whom.PERSON, organisation__isnull=True, person__isnull=False),
                name="rota_whom_is_paired",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="rota_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.township_id or '*'} {self.days} {self.rank}"
