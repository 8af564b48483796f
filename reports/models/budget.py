"""The investment plan: who pays how much in which year."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.models.pledge import PledgeCard


class BudgetSource(models.TextChoices):
    STATE = "state", _("국비")
    PROVINCE = "province", _("도비")
    COUNTY = "county", _("군비")
    OTHER = "other", _("기타")


class BudgetLine(models.Model):
    """Won in the database, 백만원 on paper: rounding happens once, at print."""

    card = models.ForeignKey(PledgeCard, models.CASCADE, related_name="budget_lines")
    source = models.CharField(max_length=10, choices=BudgetSource.choices)
    year = models.PositiveSmallIntegerField()
    won = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["card", "source", "year"], name="one_budget_line_per_source_and_year"
            ),
        ]
        ordering = ["year", "source"]
