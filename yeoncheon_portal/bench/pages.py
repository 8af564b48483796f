"""How long the pages of every role take, and whether their queries grow with the county.

Each page is asked for through the whole stack of middleware by a signed-in member of staff, at N
households and at a tenth of them. A page whose number of queries grows with N will be slow one day.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import clock
from accounts.roles import Role
from dispatch.models import Case
from households.models import Household
from monitoring import scoring
from yeoncheon_portal.bench import county, polling
from yeoncheon_portal.bench.frame import verify
from yeoncheon_portal.bench.signing import signed_in

ASKED = 20


@dataclass(frozen=True)
class Page:
    name: str
    role: str
    url: Callable[[], str]


def _a_household() -> str:
    return reverse("households:detail", args=[Household.objects.earliest("pk").uid])


def _a_case() -> str:
    return reverse("dispatch:case", args=[Case.objects.earliest("pk").uid])


PAGES = (
    Page("households", Role.TOWNSHIP_CLERK, lambda: reverse("households:list")),
    Page("household", Role.TOWNSHIP_CLERK, _a_household),
    Page("desk", Role.CONTROL_OPERATOR, lambda: reverse("dispatch:desk")),
    Page("desk queue", Role.CONTROL_OPERATOR, lambda: reverse("dispatch:queue")),
    Page("desk case", Role.CONTROL_OPERATOR, _a_case),
    Page("wall", Role.CONTROL_OPERATOR, lambda: reverse("dispatch:wall")),
    Page("handover", Role.CONTROL_OPERATOR, lambda: reverse("dispatch:handover")),
    Page("shifts", Role.COUNTY_OFFICIAL, lambda: reverse("dispatch:shifts")),
    Page("cases", Role.CONTROL_OPERATOR, lambda: reverse("dispatch:cases")),
    Page("feeds", Role.CONTROL_OPERATOR, lambda: reverse("monitoring:feeds")),
    Page("calendar", Role.CONTROL_OPERATOR, lambda: reverse("monitoring:calendar")),
    Page("tuning", Role.CONTROL_OPERATOR, lambda: reverse("dispatch:tuning")),
    Page("visits", Role.RESPONDER, lambda: reverse("dispatch:visits")),
    Page("dashboard", Role.COUNTY_OFFICIAL, lambda: reverse("reports:dashboard")),
    Page("pledge card", Role.COUNTY_OFFICIAL, lambda: reverse("reports:pledge")),
    Page("access log", Role.PRIVACY_OFFICER, lambda: reverse("access_log")),
)


class _Undo(Exception):
    """Rolls the small county back before the large one is built."""


def run(*, households: int, hours: int | None = None) -> dict[str, Any]:
    """{households, pages: [{name, url, p50_ms, p95_ms, queries, queries_at_tenth}]}."""
    now = clock.now()
    # Pages name their static files by content, as deployed: the manifest has to be there.
    call_command("collectstatic", interactive=False, verbosity=0)
    at_tenth: dict[str, int] = {}
    try:
        with transaction.atomic():
            _fill(max(households // 10, 1), now)
            at_tenth = {page.name: _ask(page, now, times=1)["queries"] for page in PAGES}
            raise _Undo
    except _Undo:
        pass
    _fill(households, now)
    pages = [
        {"name": page.name, **_ask(page, now), "queries_at_tenth": at_tenth[page.name]}
        for page in PAGES
    ]
    queue = next(page for page in pages if page["name"] == "desk queue")
    queries = {name: queue[name] for name in ("queries", "queries_at_tenth")}
    pages.append(polling.run(now=now, queries=queries))
    return {"households": households, "pages": pages, "verified": True}


def _fill(households: int, now: datetime) -> None:
    """Homes with their lights, and an open case for each of up to a thousand."""
    ids = county.build(households, now=now)
    scoring.score(now=now, household_ids=ids)
    polling.open_cases(ids, now=now)


def _ask(page: Page, now: datetime, *, times: int = ASKED) -> dict[str, Any]:
    client, url = signed_in(page.role, now=now), page.url()
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    counted = len(queries)  # now: the next request empties the log they are read from
    verify(answer.status_code == 200, f"{url} answers {answer.status_code}")
    taken = sorted(_timed(client, url) for _ in range(times))
    return {
        "url": url,
        "p50_ms": round(1000 * statistics.median(taken), 1),
        "p95_ms": round(1000 * taken[int(0.95 * (len(taken) - 1))], 1),
        "queries": counted,
    }


def _timed(client: Client, url: str) -> float:
    begun = perf_counter()
    client.get(url)
    return perf_counter() - begun
