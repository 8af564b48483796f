"""Which meter, line or device belongs to which household, and from when to when."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from households.querysets import FeedLinkQuerySet


class Feed(models.TextChoices):
    POWER = "power", _("전력 계량기")
    TELECOM = "telecom", _("통신 회선")
    APP = "app", _("돌봄앱 기기")


def _days() -> Func:
    """[valid_from, valid_to): the first day counts, the last does not, so that a meter swapped on
    a day passes over without a gap and without an overlap."""
    return Func(F("valid_from"), F("valid_to"), function="daterange", output_field=DateRangeField())


class FeedLink(models.Model):
    """The partner's id of a household in one feed. Two overlapping links are refused by the
    database, both for one partner id and for one household and feed."""

    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="feed_links"
    )
    feed = models.CharField(_("자료"), max_length=8, choices=Feed.choices)
    partner_id = models.CharField(_("기관이 쓰는 번호"), max_length=64)
    valid_from = models.DateField(_("시작일"))
    valid_to = models.DateField(_("끝난 날"), null=True, blank=True)  # this day no longer counts

    objects = FeedLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("자료 연결")
        ordering = ["feed", "valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="feedlink_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(feed__in=Feed.values), name="feedlink_feed_known"),
            models.CheckConstraint(condition=Q(partner_id__gt=""), name="feedlink_has_partner_id"),
            ExclusionConstraint(
                name="feedlink_one_household_per_partner_id",
                expressions=[
                    ("feed", RangeOperators.EQUAL),
                    ("partner_id", RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="feedlink_one_per_household_and_feed",
                expressions=[
                    ("household", RangeOperators.EQUAL),
                    ("feed", RangeOperators.EQUAL),
                    (_days(), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["feed", "partner_id"])]

    def __str__(self) -> str:
        return f"{self.household_id} {self.feed}"
