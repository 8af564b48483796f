"""Targets and actuals of an indicator, year by year."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.models.pledge import PledgeCard


class Indicator(models.Model):
    """What a pledge promises to count, in which unit."""

    card = models.ForeignKey(PledgeCard, models.CASCADE, related_name="indicators")
    name = models.CharField(max_length=120)
    unit = models.CharField(max_length=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["card", "name"], name="one_indicator_per_name"),
        ]


class YearTarget(models.Model):
    """The goal of one year. A goal in words (2023: 조례제정·전수조사) has `text` and no `value`."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="targets")
    year = models.PositiveSmallIntegerField()
    value = models.PositiveIntegerField(null=True)
    text = models.CharField(_("적힌 그대로"), max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["indicator", "year"], name="one_target_per_year"),
            models.CheckConstraint(
                condition=models.Q(value__isnull=False) | ~models.Q(text=""),
                name="target_has_a_number_or_words",
            ),
        ]
        ordering = ["year"]


class Actual(models.Model):
    """The result of one year as known on `as_of`; a later date adds a row, none is overwritten."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="actuals")
    year = models.PositiveSmallIntegerField()
    as_of = models.DateField()
    value = models.PositiveIntegerField(null=True)
    text = models.CharField(_("적힌 그대로"), max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "year", "as_of"], name="one_actual_per_year_and_date"
            ),
            models.CheckConstraint(
                condition=models.Q(value__isnull=False) | ~models.Q(text=""),
                name="actual_has_a_number_or_words",
            ),
        ]
        ordering = ["year", "as_of"]
