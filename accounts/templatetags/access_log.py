"""`{% load access_log %}`: words for the kinds of subjects in the access log."""

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

WORDS = {
    "household": _("가구"),
    "user": _("직원"),
    "case": _("건"),
    "visit": _("방문"),
    "delivery": _("자료 묶음"),
    "setting": _("설정"),
    "access_log": _("접속기록"),
    "report": _("보고서"),
}


@register.filter
def subject_word(kind: str) -> str:
    """The kind in Korean; one that nobody translated is shown as it is stored."""
    return str(WORDS.get(kind, kind))
