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


COMPANY = 2
"""A phone that knows this serves the buttons of who comes along: its script sends which was tapped
and has a word for it. One whose page was open across the release does not."""


@dataclass(frozen=True)
class Kit:
    """`stage`: where the visit stands for us; `stages`: HTML of that screen and the coming ones."""

    stage: str
    stages: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        return {"stage": self.stage, "stages": self.stages}


def knows(told: object) -> int:
    """What the phone says that its script can do; one that says nothing is the first."""
    words = str(told)
    return int(words) if words.isdecimal() and len(words) < 4 else 1


def of(visit: Visit, user: User, *, now: datetime, phone_knows: int) -> Kit:
    """The kit of a visit as it stands; of one that is over only its last screen, without names."""
    ahead = AHEAD.get(visit.state)
    if ahead is None:
        return Kit("done", {"done": _screen(_view(visit, user, now=now), now=now)})
    stages = {}
    for stage in ahead:
        coming = copy(visit)
        coming.state = _STATE_OF[stage]
        shown = _view(coming, user, now=now)
        if phone_knows < COMPANY:
            shown.buttons = None
        stages[stage] = _screen(shown, now=now)
    stages[SENT] = render_to_string("dispatch/_visit_sent.html", {"v": _view(visit, user, now=now)})
    return Kit(ahead[0], stages)


def _view(visit: Visit, user: User, *, now: datetime) -> VisitView:
    blank = {"decline": forms.DeclineForm(), "found": FoundPageForm(), "note": forms.NoteForm()}
    return presenter.view(visit, user, now=now, forms=blank)


def _screen(shown: VisitView, *, now: datetime) -> str:
    return render_to_string("dispatch/_visit_stage.html", {"v": shown, "now": now})
