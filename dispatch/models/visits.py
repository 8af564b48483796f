"""Somebody goes and looks."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dispatch.querysets import VisitQuerySet
from dispatch.rules import OPEN_VISITS, Company, DeclineReason, FoundState, VisitState


class Visit(models.Model):
    """현장 출동. Decided by an operator, walked along `dispatch.rules.VISIT`; one open per case."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey("dispatch.Case", on_delete=models.PROTECT, related_name="visits")
    responder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="visits"
    )
    state = models.CharField(max_length=10, choices=VisitState.choices)
    # The decision: the clock of 45 minutes. A visit that is passed on keeps it.
    assigned_at = models.DateTimeField(_("요청"))
    # When this person was asked; null: at the decision itself.
    offered_at = models.DateTimeField(_("이 사람에게 요청"), null=True)
    passed_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="passed_to"
    )
    # Nobody was left to ask: the operators were told so at this time.
    exhausted_at = models.DateTimeField(null=True)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField(_("수락"), null=True)
    departed_at = models.DateTimeField(_("출발"), null=True)
    arrived_at = models.DateTimeField(_("도착"), null=True)
    # Who comes along; empty: not said. db_default: a portal of before the column writes rows too.
    company = models.CharField(
        max_length=12, choices=Company.choices, blank=True, default="", db_default=""
    )
    # Said when already there, as the visit stood for us: two clocks would tell otherwise.
    company_at_door = models.BooleanField(default=False, db_default=False)
    ended_at = models.DateTimeField(_("끝"), null=True)
    found_state = models.CharField(max_length=20, choices=FoundState.choices, blank=True)
    decline_reason = models.CharField(max_length=16, choices=DeclineReason.choices, blank=True)
    note = models.BinaryField(default=bytes)  # sealed under the person's key

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("현장 출동")
        ordering = ["-assigned_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(state__in=sorted(OPEN_VISITS)),
                name="visit_one_open_per_case",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(OPEN_VISITS), ended_at__isnull=True)
                | (~Q(state__in=sorted(OPEN_VISITS)) & Q(ended_at__isnull=False)),
                name="visit_end_is_paired",
            ),
            models.CheckConstraint(
                condition=Q(state=VisitState.DONE, found_state__gt="", arrived_at__isnull=False)
                | (~Q(state=VisitState.DONE) & Q(found_state="")),
                name="visit_found_is_paired",
            ),
            models.CheckConstraint(
                condition=Q(state=VisitState.DECLINED, decline_reason__gt="")
                | (~Q(state=VisitState.DECLINED) & Q(decline_reason="")),
                name="visit_decline_is_paired",
            ),
            models.CheckConstraint(
                condition=Q(passed_from__isnull=True, offered_at__isnull=True)
                | Q(passed_from__isnull=False, offered_at__gte=F("assigned_at")),
                name="visit_passing_is_paired",
            ),
            models.CheckConstraint(
                condition=Q(company__in=["", *Company.values]),
                name="visit_company_known",
            ),
            models.CheckConstraint(
                condition=Q(company_at_door=False) | Q(company__gt="", arrived_at__isnull=False),
                name="visit_company_at_door_is_paired",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("dispatch:visit", args=[self.uid])

    @property
    def asked_at(self) -> datetime:
        """When this responder was asked: the wait for an answer counts from here."""
        return self.offered_at or self.assigned_at

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_VISITS
