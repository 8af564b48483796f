"""What the pages of this floor offer to the frame and to the household's page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import clock
from accounts.roles import Role
from dispatch.models import Case
from dispatch.presenters import audit
from dispatch.presenters.case import closed_words
from dispatch.presenters.queue import list_url
from households.models import Household
from households.rules import State
from monitoring.models import FeedIncident
from ui.registry import Heading, MenuEntry, Panel, menu, panels

READERS = frozenset(
    {
        Role.CONTROL_OPERATOR.value,
        Role.COUNTY_OFFICIAL.value,
        Role.TOWNSHIP_CLERK.value,
    }
)
SHOWN = 5
HELD_SHOWN = 20


def cases_of(request: HttpRequest, household: Household) -> dict[str, Any]:
    """Open and past cases of one household, for its page."""
    now = clock.now()
    cases = (
        Case.objects.visible_to(request.user, now=now)
        .filter(household=household)
        .order_by("-opened_at", "-id")
    )
    total = cases.count()
    rows = [
        {
            "uid": case.uid,
            "number": case.number,
            "light": case.light,
            "is_open": case.is_open,
            "state": case.get_state_display(),
            "words": closed_words(case, now=now),
        }
        for case in cases[:SHOWN]
    ]
    all_url = list_url(household=str(household.uid)) if total > SHOWN else ""
    return {"cases": rows, "total": total, "all_url": all_url}


def report_on(request: HttpRequest, household: Household) -> dict[str, Any] | None:
    """The way to the form for somebody who is not seen; none for whoever has left."""
    return None if household.enrolment.state == State.ENDED else {"household": household}


def held_by(request: HttpRequest, incident: FeedIncident) -> dict[str, Any]:
    """Cases that wait for the feed of this incident, for the incident's page."""
    held = Case.objects.visible_to(request.user, now=clock.now()).filter(held_by=incident)
    return {
        "held": held.select_related("household__township").order_by("-opened_at")[:HELD_SHOWN],
        "held_count": held.count(),
        "held_url": list_url(state="held"),
    }


menu.register(
    MenuEntry(
        key="desk",
        label=_("관제 현황판"),
        url_name="dispatch:desk",
        roles=frozenset({Role.CONTROL_OPERATOR.value}),
        order=10,
        icon="desk",
    )
)
menu.register(
    MenuEntry(
        key="cases",
        label=_("건 목록"),
        url_name="dispatch:cases",
        roles=READERS,
        order=15,
        icon="list",
        heading=Heading.CONTROL,
    )
)
# An operator has it on the board, under a key.
menu.register(
    MenuEntry(
        key="report",
        label=_("주민 신고"),
        url_name="dispatch:report_find",
        roles=frozenset({Role.TOWNSHIP_CLERK.value}),
        order=16,
        icon="message",
        heading=Heading.CONTROL,
    )
)
menu.register(
    MenuEntry(
        key="times",
        label=_("대응 시간"),
        url_name="dispatch:times",
        roles=frozenset({Role.COUNTY_OFFICIAL.value, Role.CONTROL_OPERATOR.value}),
        order=19,
        icon="clock",
        heading=Heading.CONTROL,
    )
)
menu.register(
    MenuEntry(
        key="plan",
        label=_("대응 계획"),
        url_name="dispatch:plan",
        roles=frozenset({Role.COUNTY_OFFICIAL.value, Role.CONTROL_OPERATOR.value}),
        order=66,
        icon="list",
        heading=Heading.RULES,
    )
)
menu.register(
    MenuEntry(
        key="visits",
        label=_("현장 방문"),
        url_name="dispatch:visits",
        roles=frozenset({Role.RESPONDER.value}),
        order=12,
        icon="car",
        heading=Heading.CONTROL,
    )
)
panels.register(
    Panel(
        page="frame",
        key="dispatch-audit",
        order=10,
        template="dispatch/audit_banner.html",
        context=audit.banner,
        roles=frozenset(
            {Role.CONTROL_OPERATOR.value, Role.COUNTY_OFFICIAL.value, Role.ADMINISTRATOR.value}
        ),
    )
)
panels.register(
    Panel(
        page="household",
        key="dispatch-cases",
        order=20,
        template="dispatch/household_cases.html",
        context=cases_of,
        roles=READERS,
        column="main",
    )
)
panels.register(
    Panel(
        page="household-act",
        key="dispatch-report",
        order=10,
        template="dispatch/household_report.html",
        context=report_on,
        roles=frozenset({Role.CONTROL_OPERATOR.value, Role.TOWNSHIP_CLERK.value}),
    )
)
panels.register(
    Panel(
        page="incident",
        key="dispatch-held",
        order=10,
        template="dispatch/incident_cases.html",
        context=held_by,
        roles=READERS,
    )
)
