"""The seven roles of the programme. What a role may see is decided in accounts.scope."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    COUNTY_OFFICIAL = "county_official", _("군 담당자")
    TOWNSHIP_CLERK = "township_clerk", _("읍·면 담당자")
    CONTROL_OPERATOR = "control_operator", _("관제요원")
    RESPONDER = "responder", _("현장 출동")
    PARTNER_REVIEWER = "partner_reviewer", _("협력기관 검토자")
    PRIVACY_OFFICER = "privacy_officer", _("개인정보 보호담당")
    ADMINISTRATOR = "administrator", _("시스템 관리자")


# Roles whose holders work for the whole county and therefore carry no township.
COUNTY_WIDE_ROLES: frozenset[str] = frozenset(
    {Role.COUNTY_OFFICIAL, Role.CONTROL_OPERATOR, Role.PRIVACY_OFFICER}
)
# The only roles a grant may tie to one township; the clerk's must be.
TOWNSHIP_ROLES: frozenset[str] = frozenset({Role.TOWNSHIP_CLERK, Role.RESPONDER})


def labels(roles: frozenset[str]) -> list[str]:
    """Korean names of the roles, in the order of the enumeration."""
    return [str(role.label) for role in Role if role.value in roles]
