"""The parts of the household page, and of its list, that this floor brings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import request_scope
from households.days import local_day
from households.models import Household
from households.rules import WATCHED_STATES, WRITERS
from monitoring import standing
from monitoring.models import Basis, HouseholdState, SignalDay
from monitoring.presenters import curve as curves
from monitoring.presenters import heat, long_map, notes, shares, sources, why_words
from ui.templatetags.ui import light as light_tag

_HOURS = range(24)


def _state_of(request: HttpRequest, household: Household) -> HouseholdState | None:
    """The state of a home that is watched; what was known before watching ended is not shown.

    Read once per request: four panels of one page ask for it.
    """
    if household.enrolment.state not in WATCHED_STATES:
        return None
    kept: dict[int, HouseholdState | None] | None = getattr(request, "_monitoring_states", None)
    if kept is None:
        kept = request._monitoring_states = {}  # type: ignore[attr-defined]
    if household.pk not in kept:
        kept[household.pk] = standing.of(household.pk, assessment=True)
    return kept[household.pk]


def light(request: HttpRequest, household: Household) -> dict[str, Any] | None:
    """The light beside the name; a watched home without a state yet is grey, never green."""
    if household.enrolment.state not in WATCHED_STATES:
        return None
    state = _state_of(request, household)
    return {"level": state.light if state else "grey"}


def why(request: HttpRequest, household: Household) -> dict[str, Any]:
    state, now = _state_of(request, household), clock.now()
    return {"why": why_words.of(household, state, now=now), "now": now}


def activity(request: HttpRequest, household: Household) -> dict[str, Any] | None:
    """Where the map of sixty days will stand; left out for people who were never watched.

    The map itself comes a moment later (htmx), so that the page need not wait for it.
    """
    watched = household.enrolment.state in WATCHED_STATES
    if not watched and not SignalDay.objects.filter(household_id=household.pk).exists():
        return None
    source = _source(request)
    url = reverse("monitoring:activity", args=[household.uid])
    return {"days_shown": heat.LONG_DAYS, "part_url": f"{url}?source={source.key}"}


def _source(request: HttpRequest) -> sources.Source:
    """`?source=phone` chooses another source than power."""
    return sources.SOURCES.get(request.GET.get("source", ""), sources.POWER)


def activity_part(request: HttpRequest, household: Household) -> dict[str, Any]:
    """The map of sixty days of one source, with its tabs."""
    state, now = _state_of(request, household), clock.now()
    source = _source(request)
    shown = heat.of(household, state, now=now, days=heat.LONG_DAYS, source=source, titled=False)
    return {
        "tabs": [{"source": s, "current": s is source} for s in sources.SOURCES.values()],
        "long": long_map.of(shown) if shown.any_data else None,
        "no_data": _no_data(source),
        "level": state.light if state else "grey",
        "days_shown": heat.LONG_DAYS,
        "home_url": household.get_absolute_url(),
        "activity_url": reverse("monitoring:activity", args=[household.uid]),
    }


def _no_data(source: sources.Source) -> str:
    return {
        "power": _(
            "아직 온 전력 자료가 없습니다. 계량기가 연결되어 있고 동의가 있으면 다음 파일부터 "
            "여기에 나옵니다."
        ),
        "phone": _(
            "아직 온 휴대폰 자료가 없습니다. 회선이나 돌봄앱이 연결되어 있고 동의가 있으면 다음 "
            "파일부터 여기에 나옵니다."
        ),
        "steps": _(
            "아직 온 걸음 자료가 없습니다. 돌봄앱이 연결되어 있고 동의가 있으면 다음 파일부터 "
            "여기에 나옵니다."
        ),
    }[source.key]


def curve(request: HttpRequest, household: Household) -> dict[str, Any] | None:
    """How unlike itself the home was, and what that rests on; only while it is watched."""
    state, now = _state_of(request, household), clock.now()
    if state is None:
        return None
    return {
        "curve": curves.of(household, state, now=now),
        "no_curve": _no_curve(state),
        "curve_days": curves.DAYS,
        "hours": _HOURS,
        "shares": shares.of(state, linked=_linked(household, now)),
        "why_url": reverse("monitoring:why", args=[household.uid]),
    }


def _linked(household: Household, now: datetime) -> frozenset[str]:
    links = household.feed_links.not_over(local_day(now))
    return frozenset(links.values_list("feed", flat=True))


def _no_curve(state: HouseholdState) -> str:
    if state.basis != Basis.LEARNED:
        return _(
            "아직 이 집의 습관을 배우는 중입니다(%(n)d일째). 60일을 배울 때까지는 조용한 시간의 "
            "길이를 함께 보므로 곡선을 그리지 않습니다."
        ) % {"n": state.days_learned}
    return _("아직 판단한 시간이 없습니다. 자료가 오면 한 시간마다 한 점씩 그려집니다.")


def hints(request: HttpRequest, household: Household) -> dict[str, Any] | None:
    """A visit worth making, or data to put right; left out while there is neither."""
    found = notes.of(household, now=clock.now())
    if not found:
        return None
    may = request_scope(request).only(*WRITERS).covers(household.township_id)
    return {"notes": found, "may_decide": may}


def case_activity(request: HttpRequest, case: Any) -> dict[str, Any] | None:
    """The compact map on the page of a case (of the floor above), under the reasons."""
    household = case.household
    state, now = _state_of(request, household), clock.now()
    shown = heat.of(household, state, now=now)
    if not shown.any_data:
        return None
    return {"heat": shown, "level": state.light if state else "grey", "days_shown": heat.DAYS}


def list_cells(households: Sequence[Household], now: datetime) -> Mapping[int, str]:
    """{household: its light}; one query for the page."""
    watched = [h.pk for h in households if h.enrolment.state in WATCHED_STATES]
    lights = dict(
        HouseholdState.objects.filter(household__in=watched).values_list("household_id", "light")
    )
    return {
        pk: light_tag(lights.get(pk), word="" if pk in lights else _("자료 없음")) for pk in watched
    }
