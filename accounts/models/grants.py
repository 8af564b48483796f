"""Role grants: who may do what, where, from when until when, by whom and why.

안전성 확보조치 기준 §5: records of granting, changing and removing rights are kept at least three
years. A trigger (migration 0002) refuses to delete younger rows and to change anything but the
one closing of a grant.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.organisations import Organisation, Township
from accounts.models.users import User
from accounts.querysets import RoleGrantQuerySet
from accounts.roles import Role


class RoleGrant(models.Model):
    """One role of one person for a span of time [starts_at, ends_at).

    `ends_at` may be planned when the grant is made. Closing it writes ended_at, ended_by and
    end_reason once, and may only bring ends_at forward. A grant that never began is closed with
    ends_at = starts_at.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(_("역할"), max_length=20, choices=Role.choices)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="grants", verbose_name=_("기관")
    )
    township = models.ForeignKey(
        Township,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="grants",
        verbose_name=_("담당 읍·면"),
    )
    starts_at = models.DateTimeField(_("시작"))
    ends_at = models.DateTimeField(_("종료"), null=True, blank=True)
    # Empty only for the first administrator, made on the machine by create_administrator.
    granted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField(_("부여 일시"))
    reason = models.CharField(_("부여 사유"), max_length=200)
    ended_at = models.DateTimeField(_("해지 처리 일시"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_reason = models.CharField(_("해지 사유"), max_length=200, blank=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_at", "-id")
        verbose_name = _("역할 부여")
        indexes = (models.Index(fields=("user", "starts_at"), name="grant_user_starts"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="grant_role_is_a_known_role"
            ),
            models.CheckConstraint(
                condition=Q(role=Role.TOWNSHIP_CLERK, township__isnull=False)
                | Q(role=Role.RESPONDER)
                | (~Q(role__in=(Role.TOWNSHIP_CLERK, Role.RESPONDER)) & Q(township__isnull=True)),
                name="grant_township_fits_the_role",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="grant_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, end_reason="")
                | (
                    Q(
                        ended_at__isnull=False,
                        ended_by__isnull=False,
                        ends_at__isnull=False,
                        ends_at__gte=F("ended_at"),
                    )
                    & ~Q(end_reason="")
                ),
                name="grant_closing_fields_go_together",
            ),
            models.CheckConstraint(
                condition=~Q(granted_by=F("user")), name="grant_is_not_made_by_its_holder"
            ),
            models.CheckConstraint(
                condition=Q(granted_by__isnull=False) | Q(role=Role.ADMINISTRATOR),
                name="grant_without_granter_is_an_administrator",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="grant_has_a_reason"),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()} #{self.pk}"
