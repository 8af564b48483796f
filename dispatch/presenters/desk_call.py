"""How an operator's bridged call stands, for its button and for the line under it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dispatch import calls, telephony
from dispatch.duty import can_be_rung
from dispatch.forms import new_key
from dispatch.models import CallAttempt, CallKind, Case
from dispatch.rules import CallOutcome, CallStatus, EventKind

JUST = timedelta(seconds=20)
"""So long after the end of a call the page, when it is drawn again, leads the keyboard to the
results."""


@dataclass(frozen=True)
class DeskCall:
    """`line`: there is a telephone line; `ready`: the button may be pressed; `words`: why not, or
    how the call under way fares; `callee`: "resident" or the uid of the contact being called.

    `live`: a call is under way, and its words change; `owed`: whose call is over and still wants
    its result keyed in, as `callee`; `just_over`: that was a moment ago."""

    line: bool
    ready: bool
    words: str = ""
    callee: str = ""
    key: str = ""
    live: bool = False
    owed: str = ""
    just_over: bool = False


def of(case: Case, user: Any, *, now: datetime) -> DeskCall:
    """Two questions to the database, a third while a result is owed."""
    if not telephony.configured():
        words = _("전화 회선이 없습니다. 번호를 보고 직접 건 뒤 결과를 눌러 주세요.")
        return DeskCall(line=False, ready=False, words=words)
    last = latest(case)
    if last is not None and last.is_live:
        callee = calls.callee(last)
        return DeskCall(line=True, ready=False, words=progress(last), callee=callee, live=True)
    owed = calls.callee(last) if last is not None and _is_owed(last, user) else ""
    over = last.ended_at if owed and last is not None else None
    just = over is not None and now - over <= JUST
    if not can_be_rung(user):
        words = _("내 휴대전화 번호가 확인되지 않아 연결할 수 없습니다. 번호를 보고 걸어 주세요.")
        return DeskCall(line=True, ready=False, words=words, owed=owed, just_over=just)
    return DeskCall(line=True, ready=True, key=new_key(), owed=owed, just_over=just)


def latest(case: Case) -> CallAttempt | None:
    """The newest bridged call of the case, under way or over."""
    made = CallAttempt.objects.filter(case=case, kind=CallKind.DESK).select_related(
        "contact", "case"
    )
    return made.order_by("-created_at", "-id").first()


def _is_owed(over: CallAttempt, user: Any) -> bool:
    """Whether the other telephone rang for this person, who has not said yet what came of it."""
    if over.by_id != user.pk or over.outcome not in (
        CallOutcome.CONNECTED,
        CallOutcome.NOT_REACHED,
    ):
        return False
    said = over.case.events.filter(kind=EventKind.CALL_RECORDED, at__gte=over.created_at)
    return not said.filter(data__callee=calls.callee(over)).exists()


def progress(call: CallAttempt) -> str:
    """How the call fares, by its two legs."""
    if not call.is_live:
        return _over(call)
    if call.leg_status in _LEG_ENDED:
        return str(_LEG_ENDED[call.leg_status])
    if call.leg_status == CallStatus.IN_PROGRESS:
        return _("통화 중입니다. 끝나면 결과를 눌러 주세요.")
    if call.bridged_at is not None:
        return _("상대의 전화가 울립니다.")
    if call.answered_at is not None:
        return _("1번을 누르면 연결합니다.")
    return _("내 휴대전화를 겁니다. 받아서 1번을 눌러 주세요.")


def _over(call: CallAttempt) -> str:
    if call.bridged_at is not None:
        return _("전화가 끝났습니다. 결과를 눌러 주세요.")
    if call.outcome == CallOutcome.BAD_NUMBER or call.answered_at is not None:
        return _("연결하지 않고 끝났습니다. 다시 걸 수 있습니다.")
    return _("내 휴대전화를 받지 않아 끝났습니다. 다시 걸 수 있습니다.")


_LEG_ENDED = {
    CallStatus.COMPLETED.value: gettext_lazy("통화가 끝났습니다. 결과를 눌러 주세요."),
    CallStatus.BUSY.value: gettext_lazy("상대가 통화 중입니다. 결과를 눌러 주세요."),
    CallStatus.NO_ANSWER.value: gettext_lazy("상대가 받지 않았습니다. 결과를 눌러 주세요."),
    CallStatus.FAILED.value: gettext_lazy("상대에게 연결되지 않았습니다. 결과를 눌러 주세요."),
    CallStatus.CANCELED.value: gettext_lazy("상대에게 연결하기 전에 끊었습니다."),
}
