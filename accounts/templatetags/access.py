"""`{% load access %}{% may "staff_list" as allowed %}`: links only to pages that will open."""

from typing import Any

from django import template
from django.http import HttpRequest

from accounts.access import access_by_name, request_scope

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: dict[str, Any], view_name: str) -> bool:
    """Whether the viewer of this page gets past the door of that view."""
    request: HttpRequest | None = context.get("request")
    access = access_by_name(view_name)
    if request is None or access is None:
        return False
    signed_in = bool(getattr(request, "user", None) and request.user.is_authenticated)
    return access.admits(request_scope(request), signed_in=signed_in)
