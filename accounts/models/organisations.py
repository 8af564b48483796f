"""Where people work: the county, its ten townships and their offices, the partners."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Township(models.Model):
    """One of the ten 읍·면, keyed by its ten-digit code (행정동, 행정안전부)."""

    code = models.CharField(_("행정동 코드"), max_length=10, primary_key=True)
    name = models.CharField(_("읍·면"), max_length=20, unique=True)
    order = models.PositiveSmallIntegerField(_("순서"), unique=True)

    class Meta:
        ordering = ("order",)
        verbose_name = _("읍·면")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[0-9]{10}$"), name="township_code_is_ten_digits"
            ),
        )

    def __str__(self) -> str:
        return self.name


class OrganisationKind(models.TextChoices):
    COUNTY = "county", _("군청")
    TOWNSHIP_OFFICE = "township_office", _("읍·면사무소")
    CONTROL_CENTRE = "control_centre", _("관제센터")
    PARTNER = "partner", _("협력기관")


class Organisation(models.Model):
    """An office or a partner. A township office belongs to its township, nobody else does."""

    code = models.SlugField(_("기관 코드"), max_length=40, unique=True)
    name = models.CharField(_("기관명"), max_length=60)
    kind = models.CharField(_("종류"), max_length=20, choices=OrganisationKind.choices)
    township = models.OneToOneField(
        Township, on_delete=models.PROTECT, null=True, blank=True, related_name="office"
    )

    class Meta:
        ordering = ("id",)
        verbose_name = _("기관")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind=OrganisationKind.TOWNSHIP_OFFICE, township__isnull=False)
                | (
                    ~models.Q(kind=OrganisationKind.TOWNSHIP_OFFICE)
                    & models.Q(township__isnull=True)
                ),
                name="only_a_township_office_has_a_township",
            ),
        )

    def __str__(self) -> str:
        return self.name
