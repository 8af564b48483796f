"""A run over all homes (scoring, learning, the slow watch), cut into chunks for any worker on any
host."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class RunKind(models.TextChoices):
    SCORING = "scoring", _("판단")
    LEARNING = "learning", _("학습")
    DECLINES = "declines", _("서서히 줄어드는 생활")


class Run(models.Model):
    """`at` is the programme time every chunk works with, whenever it is taken."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=RunKind.choices)
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("실행")
        indexes = [
            models.Index(
                fields=["kind", "at"], condition=Q(finished_at__isnull=True), name="run_unfinished"
            )
        ]


class RunChunk(models.Model):
    """Households first_id..last_id of a run. A worker that dies loses its lease, not the chunk."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="chunks")
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    lease_until = models.DateTimeField(null=True)  # real time of the database
    worker = models.CharField(max_length=80, blank=True)
    done_at = models.DateTimeField(null=True)
    scored = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)  # leases of this range
    given_up = models.BooleanField(default=False, db_default=False)  # done, but its homes are not

    class Meta:
        verbose_name = _("실행 조각")
        constraints = [
            models.UniqueConstraint(fields=["run", "first_id"], name="run_chunk_once"),
            models.CheckConstraint(
                condition=Q(last_id__gte=F("first_id")), name="run_chunk_ends_after_start"
            ),
        ]
        indexes = [
            models.Index(
                fields=["run", "first_id"], condition=Q(done_at__isnull=True), name="run_chunk_open"
            )
        ]
