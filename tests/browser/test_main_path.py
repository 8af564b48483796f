"""The main path through the whole product, in a browser, on the demo county's own story.

Readings come through the door hour by hour; somebody falls silent; the telephone rings out; an
operator claims, sends a responder; the responder goes and finds; the county counts it. The same
hours without the two emergencies end without a red light and without a visit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect

from accounts import clock
from accounts.models import Message, User
from accounts.notify import outbox
from dispatch import engine
from dispatch.fake_twilio.bench import Bench
from dispatch.models import Case, Visit
from households.models import FeedLink, Household
from monitoring.models import HouseholdState
from yeoncheon_portal.demo import county
from yeoncheon_portal.demo.phones import tell_company
from yeoncheon_portal.demo.story import HOUR, Story

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = date(2026, 7, 1)
SECRET = "abcd-efgh-jkmn-pqrs"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
QUARTERS = [timedelta(minutes=m) for m in (0, 16, 32, 48)]
MOST_HOURS = 60


@dataclass
class Town:
    """A small demo county whose clock the test moves."""

    story: Story
    frozen: clock.FrozenClock
    bench: Bench
    people: dict[str, User]

    def __post_init__(self) -> None:
        self.world = self.story.county()

    def live(self, hours: int, until: Callable[[], bool] = lambda: False) -> int:
        """Let hours pass: file, scoring, sweeps, calls. Returns how many passed."""
        for passed in range(hours):
            if until():
                return passed
            hour = self.story.last_hour + HOUR
            now = self.frozen.move_to(self.story.now_after(hour))
            county.deliver_hour(self.world, hour, now=now, late=self.story.late_files())
            self.story.delivered = hour.isoformat()
            for quarter in QUARTERS:
                # Without a light, a case or a message these passes are the idle ones of the beat.
                if self.something_is_on():
                    self.sweep(self.frozen.move_to(now + quarter))
        self.sweep(clock.now())
        return hours

    def something_is_on(self) -> bool:
        waiting = Message.objects.filter(state=Message.State.QUEUED)
        lit = HouseholdState.objects.filter(light__in=("yellow", "red"))
        return lit.exists() or Case.objects.open().exists() or waiting.exists()

    def sweep(self, now: Any) -> None:
        report = engine.sweep(now=now)
        assert report.clean, report
        self.bench.settle()
        outbox.flush(now)

    def troubled(self) -> list[Household]:
        meters = [self.world.residents[index].meter_id for index in self.story.troubled()]
        links = FeedLink.objects.filter(partner_id__in=meters).select_related("household")
        return [link.household for link in links]


def begin(live_server: Any, settings: Any, *, emergencies: bool) -> Iterator[Town]:
    settings.PORTAL_DEMO = True
    settings.PUBLIC_BASE_URL = live_server.url
    story = Story(
        today=TODAY.isoformat(),
        households=20,
        history_days=64,
        without_emergencies=not emergencies,
    )
    story.begin_trouble()
    with clock.freeze(county.local(TODAY)) as frozen, Bench(now=clock.now) as bench:
        settings.TWILIO = bench.twilio
        people = county.seed(story.plan(), secret=SECRET, say=lambda line: None)
        call_command("load_pledge_card", verbosity=0)
        town = Town(story, frozen, bench, people)
        tell_company(bench.url, town.world, story.troubled())
        yield town


@pytest.fixture
def town(live_server: Any, settings: Any) -> Iterator[Town]:
    yield from begin(live_server, settings, emergencies=True)


@pytest.fixture
def calm_town(live_server: Any, settings: Any) -> Iterator[Town]:
    yield from begin(live_server, settings, emergencies=False)


@pytest.fixture
def sign_in_as(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """sign_in_as("operator", DESK): through the sign-in page, as a newcomer does."""
    contexts = []

    def go(username: str, size: dict[str, int]) -> Page:
        context = browser.new_context(viewport=size, base_url=live_server.url, locale="ko-KR")
        contexts.append(context)
        page = context.new_page()
        page.goto("/")
        page.locator("input[name=login]").fill(username)
        page.locator("input[name=password]").fill(SECRET)
        page.get_by_role("button", name="로그인").click()
        expect(page).not_to_have_title("로그인")
        return page

    yield go
    for context in contexts:
        context.close()


def no_barriers(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], "the page scrolls sideways"


def red_case() -> Case | None:
    """Of the story; the county also has closed cases of the months before."""
    return Case.objects.open().filter(light="red").select_related("household").first()


def test_from_the_first_silence_to_the_yearly_page(town, sign_in_as):
    town.live(MOST_HOURS, until=lambda: red_case() is not None)
    case = red_case()
    assert case is not None, "no light turned red"
    home = case.household
    assert home in town.troubled()
    rang = [call for call in town.bench.company.calls.values() if call.to.endswith(home.phone[-4:])]
    assert rang, "nobody telephoned"
    assert case.state == "waiting"  # it rang out: a person is asked

    case = operator_sends_somebody(town, sign_in_as, case)
    responder_goes(town, sign_in_as, case)

    case.refresh_from_db()
    assert (case.state, case.close_reason) == ("closed", "fall")
    assert HouseholdState.objects.get(household=home).light == "green"
    county_counts_it(sign_in_as)
    assert town.bench.company.notices == []


def operator_sends_somebody(town: Town, sign_in_as: Callable[..., Page], case: Case) -> Case:
    page = sign_in_as("operator", DESK)
    expect(page).to_have_title("(긴급 1) 관제 현황판 · 연천군 신호등")
    row = page.locator(f"a[href*='{case.uid}']").first
    expect(row).to_contain_text(case.household.masked_name)
    expect(page.locator("body")).not_to_contain_text(case.household.phone)
    row.click()
    page.get_by_role("button", name="이 건 맡기").click()
    expect(page.locator("#ch")).to_contain_text(case.household.name)
    no_barriers(page)
    page.locator('[data-key=KeyD], button:has-text("출동 보내기")').first.click()
    page.get_by_text("민들레").first.click()
    page.get_by_role("button", name="이 사람을 보냅니다").click()
    expect(page.locator("#act")).to_contain_text("민들레 님에게 출동을 보냈습니다.")
    case.refresh_from_db()
    assert (case.state, case.owner.username) == ("visiting", "operator")
    return case


def responder_goes(town: Town, sign_in_as: Callable[..., Page], case: Case) -> None:
    visit = Visit.objects.get(case=case)
    town.sweep(town.frozen.tick(timedelta(minutes=1)))
    number = visit.responder.phone.replace("-", "")[-4:]
    texts = [t for t in town.bench.company.messages.values() if t.to.endswith(number)]
    told = texts[-1].first("Body")
    assert f"/visits/{visit.uid}/" in told
    assert case.household.name not in told
    page = sign_in_as("responder", PHONE)
    page.goto(f"/visits/{visit.uid}/")
    for button in ("제가 가겠습니다", "출발합니다", "도착했습니다"):
        no_barriers(page)
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("button", name=button)).to_have_count(0)
        town.frozen.tick(timedelta(minutes=9))
    page.get_by_text("119 이송", exact=True).click()
    page.get_by_label("본 것·들은 것").fill("부엌에 쓰러져 있었고 말을 함")
    page.get_by_label("왜 조용했나요?").select_option("fall")
    page.get_by_role("button", name="저장하고 끝내기").click()
    expect(page.locator("h1")).to_contain_text("방문을 마쳤습니다")
    expect(page.locator("main")).not_to_contain_text(case.household.name)


def county_counts_it(sign_in_as: Callable[..., Page]) -> None:
    page = sign_in_as("official", DESK)
    no_barriers(page)
    visits = page.locator("a.fun", has_text="현장 방문")
    expect(visits.locator("b")).to_have_text("1")  # of this month
    visits.click()
    expect(page.locator("main")).to_contain_text("1건")
    page.goto("/years/2026/")
    expect(page.locator("a.fun", has_text="119 연계").locator("b")).to_have_text("1")
    page.goto("/pledge/")
    expect(page.locator("main")).to_contain_text("104.4%")
    expect(page.locator("main")).to_contain_text("188")
    no_barriers(page)


def test_without_the_two_emergencies_nobody_is_sent(calm_town):
    """The same people, the same hours: no red light, and so nothing that asks for a visit."""
    before = Visit.objects.count()
    calm_town.live(MOST_HOURS)
    assert red_case() is None
    assert Visit.objects.count() == before
    assert calm_town.bench.company.notices == []
