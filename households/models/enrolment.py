"""How far a person is in the programme: one current state, and every step that led there."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from households.querysets import HouseholdOwnedQuerySet
from households.rules import EndReason, Event, PauseReason, State


class Enrolment(models.Model):
    """가입. The state changes only through the verbs, along `households.rules.TRANSITIONS`."""

    household = models.OneToOneField(
        "households.Household", on_delete=models.PROTECT, related_name="enrolment"
    )
    state = models.CharField(
        _("가입 단계"), max_length=16, choices=State.choices, default=State.APPLIED
    )
    state_since = models.DateTimeField()
    applied_at = models.DateTimeField()
    learning_since = models.DateField(_("학습 시작"), null=True, blank=True)
    active_since = models.DateField(_("관제 시작"), null=True, blank=True)
    ended_at = models.DateTimeField(_("종료"), null=True, blank=True)
    end_reason = models.CharField(max_length=16, choices=EndReason.choices, blank=True)

    objects = HouseholdOwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("가입")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="enrolment_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=State.ENDED, ended_at__isnull=False, end_reason__gt="")
                | (~Q(state=State.ENDED) & Q(ended_at__isnull=True, end_reason="")),
                name="enrolment_end_is_paired",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.LEARNING, State.ACTIVE])
                | Q(learning_since__isnull=False),
                name="enrolment_learning_has_start",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.ACTIVE) | Q(active_since__isnull=False),
                name="enrolment_active_has_start",
            ),
        ]
        indexes = [models.Index(fields=["state", "learning_since"])]

    def __str__(self) -> str:
        return f"{self.household_id} {self.state}"


class EnrolmentEvent(models.Model):
    """One step of an enrolment. A database trigger refuses to change or delete it."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    event = models.CharField(max_length=20, choices=Event.choices)
    from_state = models.CharField(max_length=16, choices=State.choices, blank=True)
    to_state = models.CharField(max_length=16, choices=State.choices)
    # Nobody: the portal itself moved on (sixty days of learning are over).
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(
        max_length=16, choices=[*PauseReason.choices, *EndReason.choices], blank=True
    )
    note = models.BinaryField(default=bytes)  # sealed under the person's key

    objects = models.Manager()

    class Meta:
        verbose_name = _("가입 이력")
        ordering = ["at", "id"]
        # Which pauses ended lately is asked for every hour, of every home that is watched.
        indexes = [
            models.Index(fields=["at"], condition=Q(from_state="paused"), name="pause_ended")
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.event}"
