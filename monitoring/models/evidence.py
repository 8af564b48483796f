"""What the detector keeps of every home between two hours. All of it may be recomputed.

The blobs are NumPy structured arrays of `monitoring.detection` (HOT, HABITS). No foreign keys, as
with readings: they are written by COPY, and dropped by day.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class HotBlock(models.Model):
    """The accumulators of the homes `first_id` to `first_id` + 15, one after the other; rewritten
    every hour. `until`: of each of them the number of the hour that comes next
    (`monitoring.hours`), -1 where nothing is kept."""

    HOMES = 16

    first_id = models.BigIntegerField(primary_key=True)
    until = ArrayField(models.IntegerField(), size=HOMES)
    hot = models.BinaryField()

    class Meta:
        verbose_name = _("감지 상태")


class Checkpoint(models.Model):
    """The accumulators as they were when the local day began: where a correction starts again."""

    pk = models.CompositePrimaryKey("day", "household_id")
    day = models.DateField()
    household_id = models.BigIntegerField()
    hot = models.BinaryField()

    class Meta:
        verbose_name = _("하루를 시작한 감지 상태")


class HabitsDay(models.Model):
    """The habits by which `day` is judged, learned in the night before it."""

    pk = models.CompositePrimaryKey("day", "household_id")
    day = models.DateField()
    household_id = models.BigIntegerField()
    days_learned = models.PositiveSmallIntegerField()
    version = models.CharField(max_length=40)
    habits = models.BinaryField()

    class Meta:
        verbose_name = _("습관")


class EvidenceDay(models.Model):
    """24 hours of evidence of one home by one rule; kept for the curve and for tuning.

    Little-endian float32, NaN = nothing was received. `rule` is the live rule's version or that
    of a candidate that runs beside it.
    """

    pk = models.CompositePrimaryKey("day", "household_id", "rule")
    day = models.DateField()
    household_id = models.BigIntegerField()
    rule = models.CharField(max_length=40)
    evidence = models.BinaryField()

    class Meta:
        verbose_name = _("하루 증거")


class Rescore(models.Model):
    """A home whose past has changed since it was judged: late or corrected readings, an absence
    recorded afterwards. Written in the transaction that changed it, taken by the next scoring."""

    household_id = models.BigIntegerField(primary_key=True)
    since = models.DateTimeField()  # the earliest hour that changed

    class Meta:
        verbose_name = _("다시 판단할 가구")
