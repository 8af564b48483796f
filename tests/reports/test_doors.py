"""Every number on the county's pages is a link to a list that counts the same."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from dispatch.models import Case
from dispatch.paths import SPANS
from dispatch.presenters import times as presenter
from households import actions
from reports import dashboard, indicators, timings
from reports.indicators import Period
from tests.cast import sign_in
from tests.households.factories import make_household

pytestmark = pytest.mark.django_db

LISTS = (reverse("households:list"), reverse("dispatch:cases"))


@pytest.fixture
def county(one_county, later):
    """The same for every test of this file."""
    return one_county


class Doors(HTMLParser):
    """Links inside <main>: (address, words); the bold number alone where there is one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.href, self.words, self.bold, self.label, self.in_main = "", "", "", "", False
        self.in_bold = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.in_main |= tag == "main"
        if tag == "a" and self.in_main:
            self.href, self.words, self.bold = given.get("href", ""), "", ""
            self.label = given.get("aria-label") or ""
        if tag == "b" and "num" in (given.get("class") or ""):
            self.in_bold = True

    def handle_data(self, data):
        self.words += data
        self.bold += data if self.in_bold else ""

    def handle_endtag(self, tag):
        if tag == "b":
            self.in_bold = False
        if tag == "a" and self.href:
            self.found.append((self.href, self.label or self.bold or self.words))
            self.href = ""


def said(words: str) -> int:
    """The number that a link promises: with its unit, of the map the sum of all lights."""
    if "목록 열기" in words:
        return sum(int(n) for n in re.findall(r" (\d+)", words))
    with_unit = re.search(r"(\d+)(?:건|가구|명)", words) or re.search(r"(\d+)", words)
    assert with_unit, f"a link to a list without a number: {words!r}"
    return int(with_unit[1])


def walk(client, path: str) -> int:
    """Open every list; returns how many numbers were right."""
    doors = Doors(client.get(path).content.decode()).found
    lists = sorted({(href, said(words)) for href, words in doors if href.startswith(LISTS)})
    assert lists
    for href, n in lists:
        assert client.get(href).context["page"].paginator.count == n, href
    return len(lists)


def test_every_number_of_the_dashboard_opens_its_list(client, official, county, card):
    sign_in(client, official)
    assert walk(client, reverse("reports:dashboard")) > 30


def test_every_number_of_the_year_opens_its_list(client, official, county, card):
    sign_in(client, official)
    assert walk(client, reverse("reports:year", args=[2026])) > 20


def test_the_four_lights_of_the_county(official, county, later):
    total = {light: n for light, n, _url in _overview(official, later)["totals"]}
    assert total == {"red": 3, "yellow": 3, "grey": 4, "green": 3}


def test_a_home_without_a_state_is_grey_on_the_list_too(client, official, county):
    sign_in(client, official)
    page = client.get(reverse("households:list"), {"light": "grey"}).context["page"]
    assert page.paginator.count == 4


def test_open_red_cases_are_told_first(official, client, county, card):
    sign_in(client, official)
    first, *others = client.get(reverse("reports:dashboard")).context["brief"]
    assert (first.before, first.strong) == ("끝나지 않은 긴급 건 2건 중", "담당자 없음 1건")
    assert [item.strong for item in others][-1] == "2025년 실적"


def test_somebody_away_is_told(official, client, county, later):
    home = make_household(now=later)
    actions.plan_absence(
        household=home,
        starts_at=later - timedelta(hours=1),
        ends_at=later + timedelta(days=2),
        kind="travel",
        source="self",
        by=official,
        now=later,
    )
    sign_in(client, official)
    told = {item.strong: item.url for item in client.get("/dashboard/").context["brief"]}
    assert client.get(told["부재 중 1가구"]).context["page"].paginator.count == 1


def test_drills_are_in_no_figure(official, county, later):
    assert Case.objects.filter(drill=True).count() == 1
    cases = indicators.cases_of(_scope(official, later), Period.year(2026))
    assert cases.count() == Case.objects.count() - 1


def test_months_add_up_to_the_year(official, county, later):
    scope = _scope(official, later)
    cases = indicators.cases_of(scope, Period.year(2026))
    total = dashboard.month_totals(dashboard.month_rows(cases, 2026), 2026)
    year = indicators.counts(cases)
    assert total["signals"] == year["signals"] == 10
    assert total["visits"] == year["visit"] == 2
    assert total["red"] == cases.filter(light="red").count() == 5


def test_red_and_yellow_rows_add_up_to_all_times(official, county, later):
    cases = indicators.cases_of(_scope(official, later), Period.year(2026))
    times = timings.by_light(cases)
    assert times["all"].cases == times["red"].cases + times["yellow"].cases == 7
    assert sum(times["all"].buckets) == times["all"].cases
    assert times["red"].median == timedelta(minutes=130)


def test_the_dashboard_and_the_page_of_times_tell_the_same(client, official, county, later):
    scope, period = _scope(official, later), Period.month_to(later.date())
    for light in ("", "red", "yellow"):
        ours = dashboard.times(scope, period)
        ours = ours["all"] if not light else ours["rows"][timings.LIGHTS.index(light)]["times"]
        page = presenter.page(now=later, light=light, township="", month="")
        theirs = next(one for one in page.stages if one.name == "안전 확인")
        assert ours.cases == theirs.n > 0
        assert (ours.median_words, ours.ninety_words) == (theirs.median, theirs.p90)


def test_spans_ask_the_database_and_the_program_the_same(county):
    for case in Case.objects.filter(state="closed"):
        holding = [span.key for span in SPANS if span.holds(case.closed_at - case.opened_at)]
        asked = [s.key for s in SPANS if Case.objects.filter(s.condition(), pk=case.pk).exists()]
        assert holding == asked
        assert len(holding) == 1


def test_a_person_who_paused_or_left_was_supported_in_that_year(official, county, later):
    """Twelve in care, one learning, one paused and one who left this year; not the applicant."""
    assert indicators.supported(_scope(official, later), 2026) == 15
    assert indicators.supported(_scope(official, later), 2025) == 0


def _overview(user, at):
    return dashboard.overview(_scope(user, at), now=at)


def _scope(user, at):
    from accounts.scope import scope_of

    return scope_of(user, now=at)
