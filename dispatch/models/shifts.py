"""Who is on duty, who hands which case to whom, and whose home is only there for drills."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _


class Duty(models.TextChoices):
    """근무 구분: what somebody does during a shift, and whom the escalation looks for."""

    OPERATOR = "operator", _("관제요원")
    SHIFT_LEAD = "shift_lead", _("근무조장")
    COUNTY_OFFICIAL = "county_official", _("군 당직자")


LONGEST_SHIFT = timedelta(hours=26)
"""A day and its handover. Longer than that is a slip of the keyboard."""


class Shift(models.Model):
    """근무. One person, one duty, from when until when; the end itself is outside.

    A shift is never deleted: it is cancelled, so that "who was on duty" can be answered for ever.
    The telephone is the person's own (`User.phone`); whether it is verified is asked when it
    matters, because a number may change after the plan was made.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts"
    )
    duty = models.CharField(_("근무 구분"), max_length=16, choices=Duty.choices)
    starts_at = models.DateTimeField(_("시작"))
    ends_at = models.DateTimeField(_("끝"))
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = models.Manager()

    class Meta:
        verbose_name = _("근무")
        ordering = ["starts_at", "duty", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(duty__in=Duty.values), name="shift_duty_known"),
            models.CheckConstraint(
                condition=Q(
                    ends_at__gt=F("starts_at"), ends_at__lte=F("starts_at") + LONGEST_SHIFT
                ),
                name="shift_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="shift_cancel_is_paired",
            ),
            ExclusionConstraint(
                name="shift_nobody_twice_at_once",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(cancelled_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["duty", "starts_at"],
                condition=Q(cancelled_at__isnull=True),
                name="shift_of_duty",
            )
        ]

    def __str__(self) -> str:
        return f"{self.duty} {self.starts_at:%Y-%m-%d %H:%M}"


class HandoverState(models.TextChoices):
    OFFERED = "offered", _("인계 요청")
    ACCEPTED = "accepted", _("넘겨받음")
    DECLINED = "declined", _("받지 않음")
    WITHDRAWN = "withdrawn", _("거두어들임")


class Handover(models.Model):
    """인계. One case offered by its owner to one colleague, who takes it by name or says no.

    Until it is accepted the case belongs to whoever offered it; an offer whose case has gone
    another way meanwhile (lease over, closed) can no longer be accepted and is withdrawn.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey("dispatch.Case", on_delete=models.PROTECT, related_name="handovers")
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="handovers_given"
    )
    taker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="handovers_got"
    )
    state = models.CharField(
        max_length=10, choices=HandoverState.choices, default=HandoverState.OFFERED
    )
    offered_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    note = models.BinaryField(default=bytes)  # sealed under the person's key

    objects = models.Manager()

    class Meta:
        verbose_name = _("인계")
        ordering = ["offered_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(state=HandoverState.OFFERED),
                name="handover_one_open_per_case",
            ),
            models.CheckConstraint(
                condition=Q(state=HandoverState.OFFERED, decided_at__isnull=True)
                | (
                    Q(state__in=sorted(set(HandoverState.values) - {HandoverState.OFFERED.value}))
                    & Q(decided_at__isnull=False)
                ),
                name="handover_decision_is_paired",
            ),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="handover_to_another"),
        ]
        indexes = [
            models.Index(
                fields=["taker"], condition=Q(state=HandoverState.OFFERED), name="handover_of_taker"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"


class DrillHome(models.Model):
    """훈련 가구. A home that exists for drills only: its telephones are those of staff.

    Cases of such a home are drills (`Case.drill`), and no other home may have one.
    """

    household = models.OneToOneField(
        "households.Household", on_delete=models.PROTECT, related_name="drill_home"
    )
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("훈련 가구")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"drill home {self.household_id}"
