"""`{% load access_log %}`: words for the kinds of subjects in the access log, and for its authors
that are no member of staff."""

from django import template
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import AccessLog

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
    "page": _("화면"),
    "partner_token": _("연계 토큰"),
    "detection_rule": _("감지 기준"),
    "feed_incident": _("자료 사고"),
    "follow_up": _("사후 확인"),
    "responder_rule": _("출동 순서"),
    "unknown_id": _("모르는 번호"),
}
_BEFORE_SIGN_IN = {AccessLog.Action.SIGN_IN_FAILED, AccessLog.Action.LOCKED_OUT}


@register.filter
def subject_word(kind: str) -> str:
    """The kind in Korean; one that nobody translated is shown as it is stored."""
    return str(WORDS.get(kind, kind))


@register.filter
def nobody_word(entry: AccessLog) -> str:
    """Who wrote a line that no member of staff did: somebody who was not in yet, or a machine."""
    if entry.action in _BEFORE_SIGN_IN:
        return _now("로그인 전")
    if entry.subject_kind == "delivery" or _refused_a_partner(entry):
        return _now("자료 받기(자동)")
    return _now("시스템")


def _refused_a_partner(entry: AccessLog) -> bool:
    return entry.subject_kind == "partner_token" and entry.action == AccessLog.Action.DENIED
