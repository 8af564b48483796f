"""One silence of one person, from the signal to the human who saw or heard them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dispatch.querysets import CaseQuerySet
from dispatch.rules import CallOutcome, CaseState, CloseReason, EvidenceKind, Light


class DeskStep(models.TextChoices):
    """What the desk does for a case, in this order; a crisis begins further on (plan: jumps)."""

    CALL = "call", _("본인에게 전화")
    CONTACT = "contact", _("비상연락처")
    VISIT = "visit", _("현장 출동")
    EMERGENCY = "emergency", _("119·112 확인 요청")


class Case(models.Model):
    """건. Its state changes only through the verbs, along `dispatch.rules.CASE`.

    Closed is terminal: a database trigger refuses every change of a closed row. The lock of this
    row is the lock of everything that hangs on it (steps, calls, visits).
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(_("건 번호"), max_length=12, unique=True)  # 2026-0001
    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="cases"
    )
    state = models.CharField(_("단계"), max_length=12, choices=CaseState.choices)
    light = models.CharField(_("신호등"), max_length=8, choices=Light.choices)  # red never falls
    opened_light = models.CharField(max_length=8, choices=Light.choices)
    # The assessment that opened it; those that joined later are rows of CaseSignal.
    assessment = models.ForeignKey(
        "monitoring.Assessment", on_delete=models.PROTECT, null=True, related_name="+"
    )
    opened_at = models.DateTimeField(_("열린 때"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    raised_at = models.DateTimeField(_("긴급이 된 때"), null=True)
    plan = models.JSONField()  # frozen when the case opens, see dispatch.plan
    # Where the desk begins: a cry for help does not begin with three tries (dispatch.plan.jump).
    desk_step = models.CharField(
        max_length=10, choices=DeskStep.choices, default=DeskStep.CALL, db_default=DeskStep.CALL
    )
    priority = models.IntegerField(_("급한 정도"))  # higher first
    # The strongest answer the resident gave so far; shown to whoever takes the case.
    answer = models.CharField(max_length=12, choices=CallOutcome.choices, blank=True)
    answered_at = models.DateTimeField(null=True)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="owned_cases"
    )
    lease_until = models.DateTimeField(_("맡은 시간"), null=True)
    queued_at = models.DateTimeField(_("대기 시작"), null=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    # The line is full: the first call of this case was announced as late (pace.tell_waiting).
    wait_told_at = models.DateTimeField(null=True)
    next_action_at = models.DateTimeField(_("다음 할 일"), null=True)
    # While the only feed it rests on is out of order: nothing is due until then at the latest.
    held_by = models.ForeignKey(
        "monitoring.FeedIncident", on_delete=models.PROTECT, null=True, related_name="held_cases"
    )
    held_at = models.DateTimeField(_("보류한 때"), null=True)
    held_until = models.DateTimeField(_("늦어도 보류를 푸는 때"), null=True)

    closed_at = models.DateTimeField(_("종결한 때"), null=True)
    # Nobody: the resident's own key closed it.
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    close_reason = models.CharField(max_length=16, choices=CloseReason.choices, blank=True)
    evidence_kind = models.CharField(max_length=16, choices=EvidenceKind.choices, blank=True)
    evidence_note = models.BinaryField(default=bytes)  # sealed under the person's key
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="following"
    )
    drill = models.BooleanField(_("훈련"), default=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("건")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=~Q(state=CaseState.CLOSED),
                name="case_one_open_per_household",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CaseState.values), name="case_state_known"
            ),
            models.CheckConstraint(
                condition=Q(light__in=Light.values, opened_light__in=Light.values),
                name="case_light_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=CaseState.CLOSED,
                    closed_at__isnull=False,
                    close_reason__gt="",
                    evidence_kind__gt="",
                    next_action_at__isnull=True,
                    lease_until__isnull=True,
                )
                | (
                    ~Q(state=CaseState.CLOSED)
                    & Q(
                        closed_at__isnull=True,
                        closed_by__isnull=True,
                        close_reason="",
                        evidence_kind="",
                        next_action_at__isnull=False,
                    )
                ),
                name="case_close_is_paired",
            ),
            models.CheckConstraint(
                condition=~Q(state=CaseState.CLOSED)
                | Q(closed_by__isnull=False)
                | Q(evidence_kind=EvidenceKind.RESIDENT_KEY, light=Light.YELLOW),
                name="case_closed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.CLAIMED, owner__isnull=False, lease_until__isnull=False)
                | Q(state=CaseState.VISITING, owner__isnull=False, lease_until__isnull=True)
                | Q(
                    state__in=[CaseState.AI_CALL, CaseState.WAITING],
                    owner__isnull=True,
                    lease_until__isnull=True,
                )
                | Q(state=CaseState.CLOSED),
                name="case_owner_fits_state",
            ),
            models.CheckConstraint(
                condition=Q(held_by__isnull=True, held_at__isnull=True, held_until__isnull=True)
                | Q(
                    held_by__isnull=False,
                    held_at__isnull=False,
                    held_until__gte=F("held_at"),
                    state__in=[CaseState.AI_CALL, CaseState.WAITING],
                ),
                name="case_hold_is_paired",
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.WAITING, queued_at__isnull=False)
                | (~Q(state=CaseState.WAITING) & Q(queued_at__isnull=True)),
                name="case_waiting_since",
            ),
            models.CheckConstraint(
                condition=Q(desk_step__in=DeskStep.values), name="case_desk_step_known"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="case_closed_after_opened",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="case_answer_is_paired",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_action_at"],
                condition=~Q(state=CaseState.CLOSED),
                name="case_next_action",
            ),
            models.Index(
                fields=["-priority", "opened_at"],
                condition=~Q(state=CaseState.CLOSED),
                name="case_queue_order",
            ),
            models.Index(
                fields=["held_until"], condition=Q(held_by__isnull=False), name="case_held"
            ),
            models.Index(fields=["opened_at"]),
            models.Index(fields=["closed_at"]),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("dispatch:case", args=[self.uid])

    @property
    def is_open(self) -> bool:
        return self.state != CaseState.CLOSED

    @property
    def is_held(self) -> bool:
        """Its only feed is out of order: no call and no due step until the feed is back."""
        return self.held_by_id is not None

    @property
    def visit_stalled(self) -> bool:
        """The visit is late and its operator was told so twice: any operator may take over."""
        return self.state == CaseState.VISITING and self.reminders >= 2


class CaseSignal(models.Model):
    """An assessment and the first case that it opened or joined."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="signals")
    assessment = models.OneToOneField(
        "monitoring.Assessment", on_delete=models.PROTECT, related_name="case_signal"
    )
    at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        verbose_name = _("건의 신호")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.assessment_id}"


class CaseCounter(models.Model):
    """The last number given in a year. Its row lock makes numbers gapless."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()

    objects = models.Manager()

    class Meta:
        verbose_name = _("건 번호")

    def __str__(self) -> str:
        return f"{self.year}-{self.last:04d}"
