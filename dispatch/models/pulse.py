"""The engine's own rows: when it last passed, what its auditor found, what the line may take."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SweepPulse(models.Model):
    """Written at the end of every sweep. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    swept_at = models.DateTimeField()  # programme time
    # Real time of the database: a fast demo clock must not make a dead engine look young.
    finished_at = models.DateTimeField(db_default=Now())
    clean_at = models.DateTimeField(null=True)  # programme time of the last pass without a fault
    seconds = models.FloatField()
    parts = models.JSONField()

    objects = models.Manager()

    class Meta:
        verbose_name = _("엔진 맥박")

    def __str__(self) -> str:
        return f"{self.swept_at:%Y-%m-%d %H:%M:%S}"


class AuditPulse(models.Model):
    """What the auditor found when it last looked (dispatch.auditor). One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    audited_at = models.DateTimeField()  # programme time
    finished_at = models.DateTimeField(db_default=Now())  # real time of the database
    healthy = models.BooleanField()
    findings = models.JSONField()  # {name: count}, zeros left out
    # Real time of the last heartbeat that somebody outside took.
    told_at = models.DateTimeField(null=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("엔진 점검")

    def __str__(self) -> str:
        return f"{self.audited_at:%Y-%m-%d %H:%M:%S}"


class DialLine(models.Model):
    """The account's line takes one call a second: a bucket of tokens, in programme time."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    tokens = models.FloatField()
    filled_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        verbose_name = _("전화 회선")

    def __str__(self) -> str:
        return f"{self.tokens:.1f}"
