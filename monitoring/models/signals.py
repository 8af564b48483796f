"""What partners measured: one row per household, metric and day, with 24 slots.

No foreign key to people: a person can be forgotten without touching months of readings, and the
retention job drops whole partitions. The tables are made by SQL in the migration (partitions by
month, see docs/decisions/0005).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Metric(models.TextChoices):
    """What the 24 slots of a day hold, each with its unit."""

    POWER = "power", _("전력 (kWh)")


class SignalDay(models.Model):
    """`values`: 24 little-endian float32, slot h = the local hour h in Seoul; NaN = not received.

    NaN and never 0 or NULL for a missing hour: silence and "we do not know" must not be confused.
    """

    pk = models.CompositePrimaryKey("day", "household_id", "metric")
    day = models.DateField()
    household_id = models.BigIntegerField()
    metric = models.CharField(max_length=12, choices=Metric.choices)
    values = models.BinaryField()

    class Meta:
        verbose_name = _("하루 자료")


class RawReading(models.Model):
    """A quarter hour of power, kept 35 days; the hour's slot is recomputed from its four quarters.

    Recomputed, never added to: the same file twice, or a corrected quarter, ends right.
    """

    pk = models.CompositePrimaryKey("household_id", "metric", "at")
    household_id = models.BigIntegerField()
    metric = models.CharField(max_length=12, choices=Metric.choices)
    at = models.DateTimeField(help_text="start of the interval")
    value = models.FloatField()

    class Meta:
        verbose_name = _("15분 자료")
        indexes = [models.Index(fields=["at"], name="raw_reading_by_time")]
