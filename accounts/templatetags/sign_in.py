"""`{% load sign_in %}`: hints of the sign-in page, numbers of the staff as they are written."""

import re

from django import template
from django.conf import settings

from accounts.views import SignInHint, sign_in_hints

register = template.Library()


@register.simple_tag
def hints() -> list[SignInHint]:
    """The accounts of the demo; none anywhere else."""
    if not settings.PORTAL_DEMO:
        return []
    return [hint for give in sign_in_hints for hint in give()]


@register.filter
def kphone(number: str) -> str:
    """'01012345678' → '010-1234-5678'; anything else as it is."""
    found = re.fullmatch(r"(02|0\d{2})(\d{3,4})(\d{4})", number or "")
    return "-".join(found.groups()) if found else number
