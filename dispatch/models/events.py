"""Everything that happened to a case, in order, for ever."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dispatch.rules import EventKind


class CaseEvent(models.Model):
    """One line of the log. A database trigger refuses to change or delete it.

    `data` holds codes and opaque ids only; words about the person are sealed in `note` under the
    person's key, so that forgetting the key forgets them.
    """

    case = models.ForeignKey("dispatch.Case", on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    # Nobody: the portal itself or the resident's telephone.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    data = models.JSONField(default=dict)
    note = models.BinaryField(default=bytes)
    # Given by the form: the same form sent twice writes one line.
    key = models.CharField(max_length=64, blank=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("건 기록")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "key"], condition=~Q(key=""), name="case_event_key_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=EventKind.values), name="case_event_kind_known"
            ),
        ]
        indexes = [models.Index(fields=["case", "at", "id"]), models.Index(fields=["kind", "at"])]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"
