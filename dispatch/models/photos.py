"""What a responder photographed at the door, while the county may keep it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class VisitPhoto(models.Model):
    """One photo of one visit, written anew without anything a camera adds.

    Sealed under the person's key, so that forgetting the person forgets the photo too; the row
    itself goes some days after its case was closed (`dispatch.field.photos.purge`). The line of
    the log that says that there was one stays.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.OneToOneField("dispatch.Visit", on_delete=models.PROTECT, related_name="photo")
    image = models.BinaryField()  # JPEG, base64, sealed under the person's key
    size = models.PositiveIntegerField(help_text="bytes of the JPEG")
    taken_at = models.DateTimeField()
    received_at = models.DateTimeField()
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    objects = models.Manager()

    class Meta:
        verbose_name = _("현장 사진")
        constraints = [
            models.CheckConstraint(
                condition=Q(taken_at__lte=F("received_at")), name="photo_not_from_the_future"
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)
