"""The people who work with the portal. A row is never deleted: it is ended."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.crypto import EncryptedTextField, phone_index
from accounts.models.organisations import Organisation


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Creates a member of staff without any role. A missing password is an unusable one."""
        user = self.model(username=username.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff: of the county, a township, the control centre or a partner.

    What one may do hangs on dated RoleGrants alone, never on this row; `is_superuser` is refused
    by the database, so that no path leads around scope.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    username = models.CharField(_("아이디"), max_length=60, unique=True)
    email = models.EmailField(_("전자우편"), blank=True)
    name = models.CharField(_("이름"), max_length=40)
    title = models.CharField(_("직위"), max_length=40, blank=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    phone = EncryptedTextField(_("휴대전화"), blank=True)
    phone_index = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    phone_verified_at = models.DateTimeField(_("번호 확인 일시"), null=True, blank=True)
    # Set by an inbound "STOP": no SMS goes out until the person writes "START".
    sms_stopped_at = models.DateTimeField(null=True, blank=True)

    is_active = models.BooleanField(_("사용 중"), default=True)
    created_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("사용 종료 일시"), null=True, blank=True)
    ended_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_reason = models.CharField(_("종료 사유"), max_length=200, blank=True)

    # Who receives this person's messages while they are away. Rights are not inherited: a
    # stand-in who must act gets a dated RoleGrant of their own.
    stand_in = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="stands_in_for"
    )
    stand_in_from = models.DateTimeField(_("대직 시작"), null=True, blank=True)
    stand_in_until = models.DateTimeField(_("대직 종료"), null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "email"]

    class Meta:
        ordering = ("name", "id")
        verbose_name = _("직원")
        constraints = (
            models.UniqueConstraint(Lower("username"), name="user_username_unique_any_case"),
            models.UniqueConstraint(
                Lower("email"), condition=~models.Q(email=""), name="user_email_unique_any_case"
            ),
            models.CheckConstraint(
                condition=models.Q(is_superuser=False), name="user_is_never_superuser"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_by__isnull=True, end_reason="")
                | (models.Q(ended_at__isnull=False, is_active=False) & ~models.Q(end_reason="")),
                name="user_ended_fields_go_together",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    stand_in__isnull=True, stand_in_from__isnull=True, stand_in_until__isnull=True
                )
                | models.Q(
                    stand_in__isnull=False,
                    stand_in_from__isnull=False,
                    stand_in_until__gt=models.F("stand_in_from"),
                ),
                name="user_stand_in_fields_go_together",
            ),
            models.CheckConstraint(
                condition=models.Q(stand_in__isnull=True) | ~models.Q(stand_in=models.F("id")),
                name="user_is_not_their_own_stand_in",
            ),
        )

    def __str__(self) -> str:
        return self.username  # never the name: what is printed ends up in logs

    def save(self, *args: Any, **kwargs: Any) -> None:
        # The index must never lag behind the number it finds.
        self.phone_index = phone_index(self.phone, purpose="staff_phone")
        fields = kwargs.get("update_fields")
        if fields is not None and "phone" in fields:
            kwargs["update_fields"] = {*fields, "phone_index"}
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def is_in_service(self) -> bool:
        """May sign in at all: active and not ended."""
        return self.is_active and self.ended_at is None

    def stand_in_at(self, at: datetime) -> "User | None":
        """The person who receives this person's messages at that time, if any."""
        if self.stand_in is None or self.stand_in_from is None or self.stand_in_until is None:
            return None
        return self.stand_in if self.stand_in_from <= at < self.stand_in_until else None
