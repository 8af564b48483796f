"""`{% load desk_calls %}`: the state of the bridged call for the button on a case's page."""

from typing import Any

from django import template

from dispatch.presenters import desk_call
from dispatch.presenters.case_view import CaseView

register = template.Library()


@register.simple_tag(takes_context=True)
def desk_call_of(context: Any, shown: CaseView) -> desk_call.DeskCall:
    """Asked once per page, however many contacts have a button."""
    kept = context.render_context
    if ("desk_call", shown.uid) not in kept:
        kept["desk_call", shown.uid] = desk_call.of(
            shown.case, context["request"].user, now=context["now"]
        )
    found: desk_call.DeskCall = kept["desk_call", shown.uid]
    return found
