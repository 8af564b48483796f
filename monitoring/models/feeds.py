"""How the partners' streams stand: incidents, and the daily report of what came."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from households.models import Feed
from monitoring.querysets import FeedIncidentQuerySet, IntakeDayQuerySet

_FEED = 8


class IncidentKind(models.TextChoices):
    LATE = "late", _("자료가 오지 않음")
    OUTAGE = "outage", _("한 지역이 함께 끊김")


class FeedIncident(models.Model):
    """A feed that is late as a whole, or an area that fell silent at once.

    From `first_hour` to `last_hour` (start of hours, null: still going on) the feed says nothing
    about these homes: the hours count as not received. `township` null: the whole county.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    feed = models.CharField(_("자료"), max_length=_FEED, choices=Feed.choices)
    kind = models.CharField(_("종류"), max_length=8, choices=IncidentKind.choices)
    township = models.ForeignKey(
        "accounts.Township", on_delete=models.PROTECT, null=True, related_name="+"
    )
    first_hour = models.DateTimeField(_("처음 끊긴 시각"))
    last_hour = models.DateTimeField(_("마지막으로 끊긴 시각"), null=True)
    opened_at = models.DateTimeField(_("알게 된 때"))
    closed_at = models.DateTimeField(_("끝난 때"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    households = models.PositiveIntegerField(_("가구 수"), default=0)
    note = models.CharField(_("메모"), max_length=200, blank=True)

    objects = FeedIncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("자료 사고")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(feed__in=Feed.values), name="incident_feed_known"),
            models.CheckConstraint(
                condition=Q(last_hour__isnull=True) | Q(last_hour__gte=F("first_hour")),
                name="incident_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(last_hour__isnull=False),
                name="incident_closed_with_last_hour",
            ),
            models.UniqueConstraint(
                fields=["feed", "kind", "township"],
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="incident_open_once",
            ),
        ]
        indexes = [models.Index(fields=["feed", "first_hour"], name="incident_by_feed")]


class IntakeDay(models.Model):
    """One day of one feed in one township: what should have come, and what did."""

    day = models.DateField(_("날짜"))
    feed = models.CharField(_("자료"), max_length=_FEED, choices=Feed.choices)
    township = models.ForeignKey("accounts.Township", on_delete=models.PROTECT, related_name="+")
    households = models.PositiveIntegerField(_("연결된 가구"))
    complete = models.PositiveIntegerField(_("24시간 모두 온 가구"))
    hours_expected = models.PositiveIntegerField(_("와야 할 시간"))
    hours_received = models.PositiveIntegerField(_("온 시간"))
    computed_at = models.DateTimeField(_("계산한 때"))

    objects = IntakeDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("하루 수신 보고")
        ordering = ["-day", "feed", "township"]
        constraints = [
            models.UniqueConstraint(fields=["day", "feed", "township"], name="intake_day_once"),
            models.CheckConstraint(
                condition=Q(complete__lte=F("households"))
                & Q(hours_received__lte=F("hours_expected")),
                name="intake_day_no_more_than_expected",
            ),
        ]
