"""How an operator's bridged call stands, for its button and for the line under it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dispatch import calls, telephony
from dispatch.duty import can_be_rung
from dispatch.forms import new_key
from dispatch.models import CallAttempt, CallKind, Case
from dispatch.rules import CallStatus


@dataclass(frozen=True)
class DeskCall:
    """`line`: there is a telephone line; `ready`: the button may be pressed; `words`: why not, or
    how the call under way fares; `callee`: "resident" or the uid of the contact being called."""

    line: bool
    ready: bool
    words: str
    callee: str
    key: str


def of(case: Case, user: Any) -> DeskCall:
    """One question to the database."""
    if not telephony.configured():
        words = _("전화 회선이 없습니다. 번호를 보고 직접 건 뒤 결과를 눌러 주세요.")
        return DeskCall(False, False, words, "", "")
    live = (
        CallAttempt.objects.filter(case=case, kind=CallKind.DESK, ended_at__isnull=True)
        .select_related("contact")
        .first()
    )
    if live is not None:
        return DeskCall(True, False, _progress(live), calls.callee(live), "")
    if not can_be_rung(user):
        words = _("내 휴대전화 번호가 확인되지 않아 연결할 수 없습니다. 번호를 보고 걸어 주세요.")
        return DeskCall(True, False, words, "", "")
    return DeskCall(True, True, "", "", new_key())


def _progress(live: CallAttempt) -> str:
    if live.leg_status == CallStatus.IN_PROGRESS:
        return _("통화 중입니다. 끝나면 결과를 눌러 주세요.")
    if live.bridged_at is not None:
        return _("상대의 전화가 울립니다.")
    if live.answered_at is not None:
        return _("1번을 누르면 연결합니다.")
    return _("내 휴대전화를 겁니다. 받아서 1번을 눌러 주세요.")
