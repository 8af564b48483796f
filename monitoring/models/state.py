"""The light of every watched home: how it is now, and every change that led there."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Light(models.TextChoices):
    """신호등. Green means "as usual", never "safe"; grey means "we cannot know"."""

    RED = "red", _("긴급")
    YELLOW = "yellow", _("주의")
    GREY = "grey", _("자료 없음")
    GREEN = "green", _("정상")


class Basis(models.TextChoices):
    """By what a light was decided: too little is known of a newcomer's habits."""

    FIXED = "fixed", _("정해진 시간")
    BLENDED = "blended", _("정해진 시간과 습관")
    LEARNED = "learned", _("습관")


class Assessment(models.Model):
    """One change of a light with everything it rested on. A database trigger refuses rewriting.

    `inputs_digest` is the SHA-256 of the readings that were looked at, so that a replay can say
    whether it sees the same ones. `inputs` holds what the light was made of, without readings:
    the hours of silence per source, the share of each in the evidence, what was missing.
    """

    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="assessments"
    )
    at = models.DateTimeField(_("판단한 때"))
    light = models.CharField(_("신호등"), max_length=8, choices=Light.choices)
    evidence = models.FloatField(_("침묵의 증거"), null=True)
    silence_hours = models.FloatField(_("조용한 시간"), null=True)
    reasons = models.JSONField(_("까닭"), default=list)
    rule_version = models.CharField(_("감지 기준"), max_length=40)
    point_yellow = models.FloatField(_("주의 기준값"))
    point_red = models.FloatField(_("긴급 기준값"))
    basis = models.CharField(_("판단 방법"), max_length=8, choices=Basis.choices, default="learned")
    # The feeds whose silence lit the light: a case that rests on one feed alone waits while that
    # feed is out of order.
    rests_on = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    inputs = models.JSONField(default=dict)
    inputs_digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("위험 평가")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["household", "-at"], name="assessment_by_household")]
        constraints = [
            models.CheckConstraint(
                condition=Q(light__in=Light.values), name="assessment_light_known"
            ),
        ]


class HouseholdState(models.Model):
    """How a home stands now. `assessment` is the change that began the present light."""

    household = models.OneToOneField(
        "households.Household",
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="monitoring_state",
    )
    light = models.CharField(_("신호등"), max_length=8, choices=Light.choices)
    since = models.DateTimeField(_("이 신호등이 된 때"))
    reasons = models.JSONField(_("까닭"), default=list)
    last_sign_at = models.DateTimeField(_("마지막 생활 신호"), null=True)
    evidence = models.FloatField(_("침묵의 증거"), null=True)
    silence_hours = models.FloatField(_("조용한 시간"), null=True)
    computed_at = models.DateTimeField(_("계산한 때"))
    data_until = models.DateTimeField(_("자료가 온 데까지"), null=True)
    rule_version = models.CharField(_("감지 기준"), max_length=40)
    basis = models.CharField(_("판단 방법"), max_length=8, choices=Basis.choices, default="learned")
    rests_on = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    days_learned = models.PositiveSmallIntegerField(_("배운 날"), default=0)
    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("가구 상태")
        constraints = [
            models.CheckConstraint(
                condition=Q(light__in=Light.values), name="household_state_light_known"
            ),
        ]
        indexes = [models.Index(fields=["light"], name="household_state_by_light")]


class LifeSign(models.Model):
    """A human saw or heard the person at `at`: evidence of silence starts again from there."""

    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="life_signs"
    )
    at = models.DateTimeField()
    # How it is known; the word of the floor that says so (a case's kind of evidence, a return).
    source = models.CharField(max_length=16)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("생활 확인")
        indexes = [models.Index(fields=["household", "-at"], name="life_sign_by_household")]
