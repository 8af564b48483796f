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
    CALLS_OUT = "calls_out", _("건 전화 (번)")
    CALLS_IN = "calls_in", _("온 전화 (번)")
    SMS_OUT = "sms_out", _("보낸 문자 (건)")
    DATA_MB = "data_mb", _("데이터 (MB)")
    UNLOCK = "unlock", _("잠금 풀기 (번)")
    SCREEN_ON = "screen_on", _("화면 켜기 (번)")
    STEPS = "steps", _("걸음 (보)")
    CHARGING = "charging", _("충전기 꽂고 빼기 (번)")
    BATTERY = "battery", _("배터리 (%)")
    HEARTBEAT = "heartbeat", _("앱 응답 (번)")


class SignalDay(models.Model):
    """`values`: 24 little-endian float32, slot h = the local hour h in Seoul; NaN = not received.

    `metric` is a Metric, or a part of one: the quarters of an hour of `power` are the four rows
    `power@00` to `power@45` of a day (decision 8), kept 35 days. Nobody chooses those.

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
    """An event of the app, kept 35 days; hours are recomputed from them.

    Recomputed, never added to: the same file twice, or a corrected event, ends right.
    """

    pk = models.CompositePrimaryKey("household_id", "metric", "at")
    household_id = models.BigIntegerField()
    metric = models.CharField(max_length=12, choices=Metric.choices)
    at = models.DateTimeField(help_text="start of the interval")
    value = models.FloatField()

    class Meta:
        verbose_name = _("한 시간보다 잔 자료")
        indexes = [models.Index(fields=["at"], name="raw_reading_by_time")]
