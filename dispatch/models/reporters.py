"""The telephone number of somebody who reported, while the county may keep it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ReporterNumber(models.Model):
    """Kept apart from the line of the log, which may not be rewritten: it goes some days after the
    case was closed (`dispatch.reported.purge`), and the row then says when.

    Sealed under the key of the person whom the report is about, so that forgetting the person
    forgets it as well.
    """

    event = models.OneToOneField(
        "dispatch.CaseEvent", on_delete=models.PROTECT, related_name="reporter_number"
    )
    phone = models.BinaryField(default=bytes)  # empty once it was erased
    erased_at = models.DateTimeField(null=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("신고자 전화번호")
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) ^ Q(phone=b""), name="reporter_number_or_erased"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id}"
