"""Calls to a resident or a contact: what the company said apart from what was understood."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dispatch.rules import LIVE_STATUSES, CallOutcome, CallStatus


class CallKind(models.TextChoices):
    AI = "ai", _("AI 전화")
    DESK = "desk", _("관제 전화")


class CallAttempt(models.Model):
    """One request to the telephone company, committed before it is sent.

    `status` is the company's word about the line, `outcome` is what was understood. "Completed"
    is never "safe". Live until `ended_at`; one live call per household, in the database too.

    Of kind "desk" it is an operator's bridged call: `by` is rung first (`sid`, `status`), and after
    key 1 the resident, or `contact`, is the second leg (`leg_sid`, `leg_status`).
    """

    case = models.ForeignKey("dispatch.Case", on_delete=models.PROTECT, related_name="calls")
    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="+"
    )
    step = models.ForeignKey(
        "dispatch.Step", on_delete=models.PROTECT, null=True, related_name="calls"
    )
    kind = models.CharField(max_length=4, choices=CallKind.choices, default=CallKind.AI)
    token = models.CharField(max_length=43, unique=True)  # 256 bits; the only name in a URL
    sid = models.CharField(max_length=40, null=True, unique=True)  # noqa: DJ001 - NULL is not ""
    status = models.CharField(
        max_length=12, choices=CallStatus.choices, default=CallStatus.DIALLING
    )
    status_rank = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=12, choices=CallOutcome.choices, blank=True)
    answered_by = models.CharField(max_length=24, blank=True)  # the company's AnsweredBy
    digits = models.CharField(max_length=8, blank=True)
    speech = models.BinaryField(default=bytes)  # sealed under the person's key
    # What the rules made of the words: label, codes, version, confidences. Never a word itself.
    understood = models.JSONField(default=dict)
    dialogue = models.CharField(max_length=24, blank=True)  # the version that was spoken
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="desk_calls"
    )
    contact = models.ForeignKey(
        "households.Contact", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    leg_sid = models.CharField(max_length=40, blank=True)
    leg_status = models.CharField(max_length=12, choices=CallStatus.choices, blank=True)
    bridged_at = models.DateTimeField(null=True)  # key 1: from here the other telephone rings
    error_code = models.CharField(max_length=8, blank=True)
    created_at = models.DateTimeField()
    # The database's own clock: programme time may run fast, a process lease may not.
    committed_at = models.DateTimeField(db_default=Now())
    dialled_at = models.DateTimeField(null=True)  # the company has it
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    check_at = models.DateTimeField(null=True)  # when to ask the company, if it has not spoken
    checks = models.PositiveSmallIntegerField(default=0)

    objects = models.Manager()

    class Meta:
        verbose_name = _("전화")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(ended_at__isnull=True),
                name="call_one_live_per_household",
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
                name="call_end_is_paired",
            ),
            models.CheckConstraint(
                condition=Q(status__in=CallStatus.values), name="call_status_known"
            ),
            models.CheckConstraint(
                condition=Q(sid__isnull=True) | Q(dialled_at__isnull=False),
                name="call_sid_is_dialled",
            ),
            models.UniqueConstraint(
                fields=["by"], condition=Q(ended_at__isnull=True), name="call_one_live_per_operator"
            ),
            models.CheckConstraint(
                condition=Q(kind="desk", by__isnull=False)
                | Q(kind="ai", by__isnull=True, contact__isnull=True),
                name="call_of_desk_has_operator",
            ),
        ]
        indexes = [
            models.Index(
                fields=["check_at"], condition=Q(ended_at__isnull=True), name="call_to_check"
            ),
            models.Index(fields=["household", "created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.status}"

    @property
    def is_live(self) -> bool:
        return self.ended_at is None

    @property
    def first_phone(self) -> str:
        """The number the portal asks the company to ring: the operator's own in a desk call."""
        return self.household.phone if self.by is None else self.by.phone

    @property
    def second_phone(self) -> str:
        """The number that key 1 of a desk call connects with, as it was written down."""
        return self.contact.phone if self.contact else self.household.phone


class CallbackEvent(models.Model):
    """One webhook as it came. Append-only; a repeated one meets the unique constraint."""

    attempt = models.ForeignKey(CallAttempt, on_delete=models.PROTECT, related_name="callbacks")
    sid = models.CharField(max_length=40)
    sequence = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8)  # voice | answer | status | amd | leg | done
    status = models.CharField(max_length=12, blank=True)
    received_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        verbose_name = _("전화 회신")
        ordering = ["received_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["sid", "sequence", "kind"], name="callback_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.kind} {self.sequence}"
