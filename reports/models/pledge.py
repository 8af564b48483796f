"""The county's published card of a pledge (공약관리카드): its text, as printed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PledgeCard(models.Model):
    """One pledge as the county publishes it, at one reporting date.

    Everything here is what the paper says. What the portal computes is never written here; the
    two are laid side by side by `reports.proof`.
    """

    code = models.CharField(_("공약 번호"), max_length=10)
    as_of = models.DateField(_("기준일"))
    title = models.CharField(_("공약명"), max_length=200)
    project = models.CharField(_("사업명"), max_length=200)
    body = models.CharField(_("사업주체"), max_length=100)
    head = models.JSONField(_("머리표"), default=dict)
    sections = models.JSONField(_("서술"), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "as_of"], name="one_card_per_code_and_date"),
        ]
        ordering = ["code", "-as_of"]


class PublishedValue(models.Model):
    """A figure exactly as printed: `text` is the paper, `number` what it says as a number."""

    card = models.ForeignKey(PledgeCard, models.CASCADE, related_name="published")
    key = models.SlugField(max_length=60)
    place = models.CharField(_("적힌 곳"), max_length=120)
    text = models.CharField(_("적힌 그대로"), max_length=60)
    number = models.DecimalField(_("수"), max_digits=14, decimal_places=4, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["card", "key"], name="one_published_value_per_key"),
        ]
        ordering = ["id"]


class MilestoneKind(models.TextChoices):
    PROCEDURE = "procedure", _("주요 추진절차")
    DONE = "done", _("그간 주요 추진실적")
    PLANNED = "planned", _("향후 계획")


class Milestone(models.Model):
    """A dated line of one of the card's lists; `topic` joins lines that tell of one event."""

    card = models.ForeignKey(PledgeCard, models.CASCADE, related_name="milestones")
    kind = models.CharField(max_length=10, choices=MilestoneKind.choices)
    group = models.CharField(_("묶음"), max_length=120, blank=True)
    printed_date = models.CharField(_("적힌 날짜"), max_length=20)
    year = models.PositiveSmallIntegerField()
    month = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    topic = models.SlugField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(month__gte=1, month__lte=12), name="milestone_month_is_a_month"
            ),
        ]
        ordering = ["kind", "year", "month", "id"]
