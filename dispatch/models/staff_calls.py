"""Calls to the telephones of staff: a case waits, and nobody has taken it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dispatch.rules import LIVE_STATUSES, CallStatus


class StaffOutcome(models.TextChoices):
    CLAIMED = "claimed", _("1번을 눌러 맡음")
    TAKEN = "taken", _("그사이 다른 사람이 맡음")
    MISSED = "missed", _("받지 않음")
    HEARD = "heard", _("받았으나 맡지 않음")
    NOT_PLACED = "not_placed", _("걸리지 않음")


class StaffCall(models.Model):
    """One ring of one person about one case, committed before the company hears of it.

    Live until `ended_at`; one live call per person, in the database too. Never dialled again: the
    next link of the chain rings somebody else.
    """

    case = models.ForeignKey("dispatch.Case", on_delete=models.PROTECT, related_name="staff_calls")
    step = models.ForeignKey(
        "dispatch.Step", on_delete=models.PROTECT, null=True, related_name="staff_calls"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_calls"
    )
    who = models.CharField(max_length=16)  # the duty that was looked for (plans.schema.Who)
    token = models.CharField(max_length=43, unique=True)
    sid = models.CharField(max_length=40, null=True, unique=True)  # noqa: DJ001 - NULL is not ""
    status = models.CharField(
        max_length=12, choices=CallStatus.choices, default=CallStatus.DIALLING
    )
    status_rank = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=12, choices=StaffOutcome.choices, blank=True)
    error_code = models.CharField(max_length=8, blank=True)
    created_at = models.DateTimeField()
    committed_at = models.DateTimeField(db_default=Now())  # real time, as of CallAttempt
    dialled_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    check_at = models.DateTimeField(null=True)  # when to ask the company, if it has not spoken
    checks = models.PositiveSmallIntegerField(default=0)

    objects = models.Manager()

    class Meta:
        verbose_name = _("근무자 전화")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(ended_at__isnull=True),
                name="staff_call_one_live_per_person",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=sorted(LIVE_STATUSES),
                    ended_at__isnull=True,
                    check_at__isnull=False,
                )
                | (
                    ~Q(status__in=sorted(LIVE_STATUSES))
                    & Q(ended_at__isnull=False, check_at__isnull=True)
                ),
                name="staff_call_end_is_paired",
            ),
        ]
        indexes = [
            models.Index(
                fields=["check_at"], condition=Q(ended_at__isnull=True), name="staff_call_to_check"
            ),
            models.Index(fields=["user", "created_at"], name="staff_call_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.status}"

    @property
    def is_live(self) -> bool:
        return self.ended_at is None
