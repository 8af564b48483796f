"""Verbs about hints: what a clerk did with a quieter life, or with what a case taught."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import AccessLog, User
from accounts.scope import scope_of
from households.models import Household
from households.rules import WRITERS, Refused
from households.texts import refuse_resident_number
from monitoring.models import Decline, NoteState, Suggestion, SuggestionKind

_DECIDED = frozenset({NoteState.DONE.value, NoteState.DISMISSED.value})


@transaction.atomic
def suggest(*, household: Household, kind: str, source: UUID, now: datetime) -> Suggestion:
    """What closing a case taught; the open suggestion of this kind, if there is one already.

    `source`: the uid of the case. A kind outside SuggestionKind raises ValueError.
    """
    if kind not in SuggestionKind.values:
        raise ValueError(f"unknown kind of suggestion: {kind!r}")
    found, _made = Suggestion.objects.get_or_create(
        household=household,
        kind=kind,
        state=NoteState.OPEN,
        defaults={"source": source, "made_at": now},
    )
    return found


@transaction.atomic
def decide_decline(
    *, decline: Decline, state: str, by: User, now: datetime, note: str = ""
) -> Decline:
    """Somebody visited or called (`done`), or saw that nothing is the matter (`dismissed`).

    `Refused` when it is decided already, or when `by` may not change this household.
    """
    row = Decline.objects.select_for_update(of=("self",)).get(pk=decline.pk)
    _decide(row, state=state, by=by, now=now, note=note, what="decline")
    return row


@transaction.atomic
def decide_suggestion(
    *, suggestion: Suggestion, state: str, by: User, now: datetime, note: str = ""
) -> Suggestion:
    """The clerk put it right or asked for it (`done`), or it does not apply (`dismissed`).

    `Refused` when it is decided already, or when `by` may not change this household.
    """
    row = Suggestion.objects.select_for_update(of=("self",)).get(pk=suggestion.pk)
    _decide(row, state=state, by=by, now=now, note=note, what=f"suggestion_{row.kind}")
    return row


def _decide(
    row: Decline | Suggestion, *, state: str, by: User, now: datetime, note: str, what: str
) -> None:
    if state not in _DECIDED:
        raise Refused(_("처리함이나 아님 가운데 하나를 골라 주세요."))
    household = row.household
    if not scope_of(by, now=now).only(*WRITERS).covers(household.township_id):
        raise Refused(_("이 일을 할 권한이 없습니다."))
    if row.state != NoteState.OPEN:
        raise Refused(_("이미 처리한 것입니다. 목록을 새로 고쳐 주세요."))
    note = note.strip()
    refuse_resident_number(note)
    row.state, row.decided_at, row.decided_by, row.note = state, now, by, note
    row.save(update_fields=["state", "decided_at", "decided_by", "note"])
    audit.record(
        actor=by,
        action=AccessLog.Action.CHANGED,
        subject_kind="household",
        subject_uid=str(household.uid),
        now=now,
        detail={"what": what, "decided": state, "id": row.pk},
    )
