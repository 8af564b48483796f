"""What must happen next, as rows with a due time. The database is the queue."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class StepKind(models.TextChoices):
    AI_CALL = "ai_call", _("AI 전화")
    DESK = "desk", _("관제로")
    CONTACT = "contact", _("비상연락처")
    VISIT = "visit", _("현장 출동")
    NOTIFY = "notify", _("알림")
    RING = "ring", _("근무자에게 전화")  # nobody has taken the case; `who` says whose duty


class StepState(models.TextChoices):
    PENDING = "pending", _("기다림")
    RUNNING = "running", _("하는 중")
    DONE = "done", _("마침")
    CANCELLED = "cancelled", _("취소")


class Step(models.Model):
    """One rung of the ladder. `due_at` is a column: there is no hidden timer anywhere."""

    case = models.ForeignKey("dispatch.Case", on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=8, choices=StepKind.choices)
    seq = models.PositiveSmallIntegerField()
    who = models.CharField(max_length=16, blank=True)  # RING: plans.schema.Who
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.PENDING)
    lease_until = models.DateTimeField(null=True)  # while running
    tries = models.PositiveSmallIntegerField(default=0)  # requests that never became a call
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=16, blank=True)  # CallOutcome or AskReason code

    objects = models.Manager()

    class Meta:
        verbose_name = _("단계")
        ordering = ["case_id", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="step_seq_once_per_case"),
            models.CheckConstraint(
                condition=Q(state=StepState.RUNNING, lease_until__isnull=False)
                | (~Q(state=StepState.RUNNING) & Q(lease_until__isnull=True)),
                name="step_running_has_lease",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[StepState.DONE, StepState.CANCELLED], finished_at__isnull=False
                )
                | Q(state__in=[StepState.PENDING, StepState.RUNNING], finished_at__isnull=True),
                name="step_finish_is_paired",
            ),
            models.CheckConstraint(
                condition=Q(kind=StepKind.RING, who__gt="") | (~Q(kind=StepKind.RING) & Q(who="")),
                name="step_ring_has_who",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=StepState.PENDING), name="step_due"),
            models.Index(
                fields=["lease_until"], condition=Q(state=StepState.RUNNING), name="step_leases"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.kind}"
