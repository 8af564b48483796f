"""A form left half-way: what a clerk typed waits for him, encrypted, for a limited time."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from households.models import EnrolDraft
from households.texts import holds_resident_number

if TYPE_CHECKING:
    from accounts.models import User

KEPT = timedelta(days=30)


@transaction.atomic
def save_draft(*, values: Mapping[str, str], by: "User", now: datetime) -> EnrolDraft:
    """Keep the non-empty values; one that holds a resident registration number is left out."""
    kept = {name: text for name, text in values.items() if text and not holds_resident_number(text)}
    draft, _created = EnrolDraft.objects.update_or_create(
        clerk=by, defaults={"payload": json.dumps(kept, ensure_ascii=False), "saved_at": now}
    )
    return draft


def load_draft(*, by: "User", now: datetime) -> dict[str, str]:
    """What this clerk typed before, or {}; a draft past its time counts as gone."""
    draft = EnrolDraft.objects.filter(clerk=by, saved_at__gt=now - KEPT).first()
    return dict(json.loads(draft.payload)) if draft is not None and draft.payload else {}


@transaction.atomic
def discard_draft(*, by: "User") -> None:
    """Forget what was typed. Harmless when there is nothing."""
    EnrolDraft.objects.filter(clerk=by).delete()


def purge_drafts(*, now: datetime) -> int:
    """Delete drafts past their time; returns how many."""
    return EnrolDraft.objects.filter(saved_at__lte=now - KEPT).delete()[0]
