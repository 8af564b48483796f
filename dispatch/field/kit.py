"""Everything a phone needs to go on without a network: each coming screen of one visit, ready made.

The screens are the very templates of the page, so that in a dead spot nothing looks different. The
phone keeps them encrypted under the key of this visit, and nowhere else.
"""

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from accounts.models import User
from dispatch import forms
from dispatch.field.photo_forms import FoundPageForm
from dispatch.models import Visit
from dispatch.presenters import visits as presenter
from dispatch.presenters.visits import VisitView
from dispatch.rules import VisitState

AHEAD: dict[str, tuple[str, ...]] = {
    VisitState.ASSIGNED: ("assigned", "accepted", "en_route", "found"),
    VisitState.ACCEPTED: ("accepted", "en_route", "found"),
    VisitState.EN_ROUTE: ("en_route", "found"),
    VisitState.ON_SITE: ("found",),
}
_STATE_OF = {
    "assigned": VisitState.ASSIGNED,
    "accepted": VisitState.ACCEPTED,
    "en_route": VisitState.EN_ROUTE,
    "found": VisitState.ON_SITE,
}
SENT = "sent"
"""The screen after the last step while the phone still has to send it."""


@dataclass(frozen=True)
class Kit:
    """`stage`: where the visit stands for us; `stages`: HTML of that screen and the coming ones."""

    stage: str
    stages: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        return {"stage": self.stage, "stages": self.stages}


def of(visit: Visit, user: User, *, now: datetime) -> Kit:
    """The kit of a visit as it stands; of one that is over only its last screen, without names."""
    ahead = AHEAD.get(visit.state)
    if ahead is None:
        return Kit("done", {"done": _screen(visit, user, now=now)})
    stages = {}
    for stage in ahead:
        coming = copy(visit)
        coming.state = _STATE_OF[stage]
        stages[stage] = _screen(coming, user, now=now)
    stages[SENT] = render_to_string("dispatch/_visit_sent.html", {"v": _view(visit, user, now=now)})
    return Kit(ahead[0], stages)


def _view(visit: Visit, user: User, *, now: datetime) -> VisitView:
    blank = {"decline": forms.DeclineForm(), "found": FoundPageForm(), "note": forms.NoteForm()}
    return presenter.view(visit, user, now=now, forms=blank)


def _screen(visit: Visit, user: User, *, now: datetime) -> str:
    context = {"v": _view(visit, user, now=now), "now": now}
    return render_to_string("dispatch/_visit_stage.html", context)
