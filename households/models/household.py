"""One person living alone."""

import uuid
from datetime import date

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField, WrappedKeyField, new_wrapped_key, seal, unseal
from accounts.masking import mask_address, mask_name, mask_phone
from households.fields import EncryptedDateField
from households.querysets import HouseholdQuerySet
from households.rules import age_on
from households.texts import show_phone


class Sex(models.TextChoices):
    MALE = "male", _("남")
    FEMALE = "female", _("여")


class Household(models.Model):
    """대상자 (가구). Personal columns are ciphertext; `uid` is the only name used in a URL.

    There is no resident registration number and there will be none (개인정보 보호법 24의2).
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.PositiveIntegerField(_("가구번호"), unique=True)
    township = models.ForeignKey(
        "accounts.Township",
        on_delete=models.PROTECT,
        related_name="households",
        verbose_name=_("읍·면"),
    )

    name = EncryptedTextField(_("이름"))
    birth_date = EncryptedDateField(_("생년월일"))
    phone = EncryptedTextField(_("전화번호"))
    address = EncryptedTextField(_("주소"))
    access_note = EncryptedTextField(_("찾아가는 길·출입"), blank=True, default="")
    dog = EncryptedTextField(_("개"), blank=True, default="")
    # Sensitive (23조): holds text only while the health consent stands; its withdrawal empties it.
    illness = EncryptedTextField(_("질병·복약"), blank=True, default="")

    sex = models.CharField(_("성별"), max_length=6, choices=Sex.choices)
    lives_alone = models.BooleanField(_("혼자 삶"), default=True)
    # The month in which the person turns 65, always its first day. The birth date itself cannot
    # be queried; a month is what the hand-over list and the age figures need and no more.
    turns_65_month = models.DateField(_("만 65세가 되는 달"))

    # Keyed hashes: equality search without decrypting (accounts.crypto.blind_index).
    phone_index = models.CharField(max_length=64, unique=True)
    name_index = models.CharField(max_length=64, db_index=True)
    identity_index = models.CharField(max_length=64, db_index=True)

    # Per-person key for words kept in logs and events. Destroying it forgets them all.
    wrapped_key = WrappedKeyField(default=new_wrapped_key, editable=False)
    synthetic = models.BooleanField(_("모의 자료"), default=False)
    created_at = models.DateTimeField()

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("대상자")
        verbose_name_plural = _("대상자")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="household_number_positive"),
            models.CheckConstraint(
                condition=Q(turns_65_month__day=1), name="household_turns_65_is_month"
            ),
        ]

    def __str__(self) -> str:
        """Safe for logs: never a personal word."""
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("households:detail", args=[self.uid])

    @property
    def label(self) -> str:
        """`가구 0127`, the only name of a person outside a page that may show more."""
        return f"가구 {self.number:04d}"

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

    @property
    def masked_address(self) -> str:
        return mask_address(self.address)

    def age(self, on: date) -> int:
        """Full years (만 나이) on the day `on`."""
        return age_on(self.birth_date, on)

    def seal(self, text: str) -> bytes:
        """Encrypt words about this person under the person's own key."""
        return seal(self.wrapped_key, text)

    def unseal(self, token: bytes) -> str:
        """Read what `seal` wrote. An empty token is an empty text."""
        return unseal(self.wrapped_key, token) if token else ""
