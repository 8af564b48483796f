"""Evidence of days that are over: computed once with the habits of that day, kept for the sum."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EvidenceDay(models.Model):
    """24 hours of evidence and signs of life of one home. May be thrown away: it is recomputed.

    `inputs` is a checksum of the readings of that day and the day before; a late or corrected
    reading changes it, and the day is scored again.
    """

    pk = models.CompositePrimaryKey("day", "household_id")
    day = models.DateField()
    household_id = models.BigIntegerField()
    evidence = models.BinaryField()  # 24 little-endian float32, NaN = not received
    signs = models.BinaryField()  # 24 bytes, 1 = a sign of life
    inputs = models.BigIntegerField()
    rule_version = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("하루 증거")
