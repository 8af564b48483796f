"""Questions every verb asks first."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.scope import roles_of
from dispatch.models import Case, Visit
from dispatch.rules import CASE_MAY, VISIT_MAY, CaseDo, Refused, VisitDo


def require_role(by: User, do: CaseDo | VisitDo, *, now: datetime) -> None:
    """Raise Refused unless one of the person's current roles may fire the event."""
    may = CASE_MAY[do] if isinstance(do, CaseDo) else VISIT_MAY[do]
    if not roles_of(by, now=now) & may:
        raise Refused(_("'%(what)s'을(를) 할 권한이 없습니다.") % {"what": do.label})


def require_owner(case: Case, by: User) -> None:
    """Raise Refused unless the (locked) case is this person's."""
    if case.owner_id == by.pk:
        return
    if case.owner is None or not case.is_open:
        raise Refused(
            _("먼저 이 건을 맡아 주세요.")
            if case.is_open
            else _("이미 종결된 건입니다. 종결된 건은 바꿀 수 없습니다.")
        )
    raise Refused(_("%(name)s 님이 맡은 건입니다.") % {"name": case.owner.name})


def require_responder(visit: Visit, by: User) -> None:
    """Raise Refused unless the visit was given to this person."""
    if visit.responder_id != by.pk:
        raise Refused(_("다른 사람에게 맡긴 출동입니다."))
