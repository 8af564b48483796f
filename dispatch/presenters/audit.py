"""What the auditor found, in words for the red banner above the pages of staff."""

import json
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

STOPPED_AFTER_S = 90.0
WORDS: dict[str, Any] = {
    "overdue_steps": gettext_lazy("때가 지난 단계"),
    "dead_leases": gettext_lazy("끝나지 않은 작업"),
    "unfinished_calls": gettext_lazy("끝나지 않은 전화"),
    "overdue_cases": gettext_lazy("다음 할 일이 지난 건"),
    "cases_without_event": gettext_lazy("기록 없는 건"),
    "cases_without_action": gettext_lazy("다음 할 일이 없는 건"),
    "faults": gettext_lazy("실패한 작업"),
}


def banner(request: HttpRequest, _subject: Any = None) -> dict[str, Any] | None:
    """None while all is well, or before the engine has ever run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT healthy, findings, extract(epoch FROM clock_timestamp() - finished_at)"
            " FROM dispatch_auditpulse WHERE id = 1"
        )
        row = cursor.fetchone()
    if row is None:
        return None
    healthy, findings, age = row
    if age > STOPPED_AFTER_S:
        return {"stopped": True, "minutes": int(age // 60)}
    return None if healthy else {"stopped": False, "words": words(findings)}


def words(findings: Any) -> str:
    """'때가 지난 단계 3, 실패한 작업 1' of the kept findings (JSON text or a dict)."""
    found = json.loads(findings) if isinstance(findings, str) else findings
    parts = []
    for name, label in WORDS.items():
        value = found.get(name, 0)
        count = len(value) if isinstance(value, list) else value
        if count:
            parts.append(_("%(what)s %(n)s") % {"what": label, "n": count})
    return ", ".join(parts)
