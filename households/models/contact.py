"""Whom to ask when the person does not answer, and what they may be told."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField
from accounts.masking import mask_name, mask_phone
from households.querysets import ContactQuerySet
from households.texts import show_phone


class Relation(models.TextChoices):
    FAMILY = "family", _("가족")
    RELATIVE = "relative", _("친척")
    FRIEND = "friend", _("친구·지인")
    NEIGHBOUR = "neighbour", _("이웃")
    VILLAGE_HEAD = "village_head", _("이장")
    LANDLORD = "landlord", _("임대인")
    WORKPLACE = "workplace", _("직장")


class MayBeTold(models.TextChoices):
    SITUATION = "situation", _("상황 설명 가능")
    WELLBEING = "wellbeing", _("안부만 부탁")


class ContactHours(models.TextChoices):
    ANYTIME = "anytime", _("언제든")
    DAYTIME = "daytime", _("07~22시")


class Contact(models.Model):
    """비상연락처. Removed ones stay as rows so that an old case can still be read."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    household = models.ForeignKey(
        "households.Household", on_delete=models.PROTECT, related_name="contacts"
    )
    name = EncryptedTextField(_("이름"))
    phone = EncryptedTextField(_("전화번호"))
    phone_index = models.CharField(max_length=64)
    relation = models.CharField(_("관계"), max_length=16, choices=Relation.choices)
    may_be_told = models.CharField(_("알려도 되는 것"), max_length=16, choices=MayBeTold.choices)
    hours = models.CharField(_("전화해도 되는 때"), max_length=16, choices=ContactHours.choices)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("비상연락처")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "phone_index"],
                condition=Q(removed_at__isnull=True),
                name="contact_phone_once_per_household",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.household_id} {self.relation}"

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)

    @property
    def shown_phone(self) -> str:
        """The whole number with dashes: only where looking behind the mask was allowed."""
        return show_phone(self.phone)
