"""The demo county is built through the real verbs and doors, and building it twice is harmless."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client, TestCase
from pytest_django import Settings

from accounts import clock
from accounts.models import AccessLog, Message, User
from accounts.roles import Role
from accounts.scope import roles_of
from dispatch import drills, duty, times
from dispatch.models import Case, Shift
from dispatch.rules import EvidenceKind
from dispatch.shifts.gaps import gaps
from households.models import Absence, Consent, Enrolment, FeedLink, Household
from monitoring.actions import confirm_life
from monitoring.models import Delivery, HouseholdState, PartnerToken, UnknownId
from tests.cast import sign_in
from yeoncheon_portal.demo import county, feed_token, hints, opening, pace, pacer, staff
from yeoncheon_portal.demo.partner_files import FEEDS, PartnerFile
from yeoncheon_portal.demo.story import HOUR, Story
from yeoncheon_portal.demo.world import County

TODAY = date(2026, 7, 1)
SMALL = Story(today=TODAY.isoformat(), households=20, history_days=64)
SECRET = "abcd-efgh-jkmn-pqrs"


def quiet(line: str) -> None:
    """Progress lines that nobody reads."""


class TestCounty(TestCase):
    """Seeded once; every test sees the fresh county."""

    people: dict[str, User]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = county.seed(SMALL.plan(), secret=SECRET, say=quiet)

    def test_everybody_works_somewhere_and_has_the_role(self) -> None:
        now = county.local(TODAY, 12)
        held = {name: roles_of(user, now=now) for name, user in self.people.items()}
        assert set().union(*held.values()) == set(Role.values)
        assert held["clerk"] == {Role.TOWNSHIP_CLERK, Role.RESPONDER}
        assert len(county.clerks(self.people)) == 10
        assert User.objects.filter(phone_verified_at__isnull=False).count() == len(staff.STAFF)
        assert all(user.check_password(SECRET) for user in User.objects.all())

    def test_the_households_are_watched_and_labelled(self) -> None:
        homes = list(Household.objects.filter(drill_home=None).select_related("enrolment"))
        assert len(homes) == 20
        assert all(home.synthetic for home in homes)
        states = list(Enrolment.objects.values_list("state", flat=True))
        assert states.count("applied") == 1  # the home for drills
        assert (states.count("active"), states.count("learning")) == (18, 2)
        received = {delivery.feed: delivery for delivery in Delivery.objects.all()}
        assert set(received) == set(FEEDS)
        assert all(d.accepted > 0 and d.rejected == 0 for d in received.values())
        assert HouseholdState.objects.exclude(light="grey").count() >= 15
        assert Absence.objects.exists()

    def test_nothing_is_written_later_than_the_clock(self) -> None:
        now = SMALL.now_after(SMALL.last_hour)
        assert not AccessLog.objects.filter(at__gt=now).exists()
        assert not Absence.objects.filter(recorded_at__gt=now).exists()

    def test_somebody_is_on_duty_but_for_one_night(self) -> None:
        now = county.local(TODAY, 12)
        assert [u.username for u in duty.on_shift("operator", now=now)] == ["operator"]
        assert [u.username for u in duty.on_shift("shift_lead", now=now)] == ["operator3"]
        for role in ("operator", "shift_lead", "county_official"):
            assert all(duty.can_be_rung(user) for user in duty.on_shift(role, now=now))
        first = county.local(TODAY)
        holes = gaps(first, first + timedelta(days=30))
        assert [hole.duty for hole in holes] == ["operator"]

    def test_the_plan_goes_on_with_the_story_and_keeps_what_people_changed(self) -> None:
        shifts = Shift.objects.order_by("-starts_at")
        before, last = shifts.count(), shifts[0].starts_at
        later = TODAY + timedelta(days=3)
        county.seed(SMALL.plan(), secret=SECRET, say=quiet, with_history=False, today=later)
        assert shifts[0].starts_at == last + timedelta(days=3)
        assert shifts.count() == before + 3 * 6

    def test_a_drill_can_be_opened(self) -> None:
        (home,) = drills.homes()
        case = drills.open_drill(home=home, by=self.people["official"], now=county.local(TODAY, 12))
        assert case.drill

    def test_past_months_have_their_times(self) -> None:
        now = county.local(TODAY)
        cases = list(Case.objects.all())
        assert len(cases) >= 3
        assert all(c.closed_at is not None and c.opened_at < c.closed_at < now for c in cases)
        months = times.by_month(since=county.local(SMALL.plan().first_day), until=now, now=now)
        assert len(months) >= 2
        assert sum(month.stages["human"].n for month in months) == len(cases)
        assert sum(month.stages["on_site"].n for month in months) >= 2
        waiting = Message.objects.filter(channel="sms", state__in=("queued", "pending"))
        assert not waiting.exists()
        assert not Message.objects.filter(channel="inbox", read_at=None).exists()

    def test_lines_and_devices_are_linked_where_people_agreed(self) -> None:
        habits = SMALL.county().habits
        linked = FeedLink.objects.filter(valid_to__isnull=True)
        assert linked.filter(feed="power").count() == 20
        assert linked.filter(feed="telecom").count() == habits.line.sum()
        assert linked.filter(feed="app").count() == habits.app.sum()
        consents = Consent.objects.filter(withdrawn_at__isnull=True)
        assert consents.filter(purpose="skt").count() == habits.line.sum()
        assert consents.filter(purpose="happyconnect").count() == habits.app.sum()

    def test_an_exchanged_meter_keeps_one_history_and_a_new_telephone_is_unknown(self) -> None:
        meter, phone = SMALL.county().swaps
        old, new = FeedLink.objects.filter(
            household__feed_links__partner_id=meter.number, feed="power"
        ).order_by("valid_from")
        assert old.valid_to == new.valid_from == meter.day
        assert list(UnknownId.objects.values_list("feed", "partner_id")) == [("app", phone.number)]

    def test_a_second_seed_changes_nothing(self) -> None:
        before = (User.objects.count(), Household.objects.count(), Absence.objects.count())
        county.seed(SMALL.plan(), secret=SECRET, say=quiet)
        assert before == (
            User.objects.count(),
            Household.objects.count(),
            Absence.objects.count(),
        )
        assert [d.accepted for d in Delivery.objects.order_by("-pk")[:3]] == [0, 0, 0]

    def test_a_lost_password_file_gets_everybody_a_new_one(self) -> None:
        staff.seed_staff(secret="wxyz-wxyz-wxyz-wxyz", now=county.local(TODAY, 1), say=quiet)
        assert all(user.check_password("wxyz-wxyz-wxyz-wxyz") for user in User.objects.all())


def test_the_password_is_for_the_owner_of_the_machine_only(tmp_path: Path) -> None:
    assert staff.password(tmp_path) == staff.password(tmp_path)
    assert (tmp_path / "accounts.json").stat().st_mode & 0o077 == 0


# ── the story ────────────────────────────────────────────────────────────────
@pytest.fixture
def demo(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    settings.PORTAL_DEMO = True
    monkeypatch.setenv("PORTAL_DEMO_DIR", str(tmp_path))
    clock.forget_cached_anchor()
    yield tmp_path
    clock.forget_cached_anchor()
    cache.clear()  # how fast the demo runs


def fresh(**changes: object) -> Story:
    return Story(**{"today": SMALL.today, "households": 20, "history_days": 64, **changes})  # type: ignore[arg-type]


def lights_of_people_in_trouble(story: Story) -> set[str]:
    meters = [story.county().residents[index].meter_id for index in story.troubled()]
    states = HouseholdState.objects.filter(household__feed_links__partner_id__in=meters)
    return set(states.values_list("light", flat=True))


def test_the_first_start_steps_to_the_eve_of_a_light_and_the_second_goes_on(
    demo: Path, db: None
) -> None:
    first = opening.open_story(demo, fresh(), say=quiet)
    assert "red" not in lights_of_people_in_trouble(first)
    assert Case.objects.filter(closed_at=None).count() == 0
    assert abs(clock.now() - first.now_after(first.last_hour)) < timedelta(seconds=30)
    assert AccessLog.objects.filter(at__gt=clock.now()).count() == 0
    assert pace.mode() == pace.UNTIL_SIGNAL
    hour = first.last_hour + HOUR
    with transaction.atomic():
        county.deliver_hour(first.county(), hour, now=first.now_after(hour))
        assert {"yellow", "red"} & lights_of_people_in_trouble(first)
        transaction.set_rollback(True)
    assert Story.load(demo / "story.json") == first

    second = opening.open_story(demo, fresh(), say=quiet)
    assert second.last_hour == first.last_hour
    assert len(second.emergencies) == 4
    assert pace.mode() == pace.UNTIL_SIGNAL


def test_without_emergencies_the_clock_stands_at_the_end_of_the_history(
    demo: Path, db: None
) -> None:
    story = opening.open_story(demo, fresh(without_emergencies=True), say=quiet)
    assert story.delivered is None
    assert pace.mode() == ""


def test_the_feed_delivers_the_hour_that_is_over(demo: Path, db: None) -> None:
    story = fresh(without_emergencies=True)
    county.seed(story.plan(), secret=SECRET, say=quiet)
    sent: list[PartnerFile] = []
    feed = pacer.Pacer(demo / "story.json", story, sent.append)
    clock.set_demo(programme=story.now_after(story.last_hour), speed=0.0)
    feed.tick()
    assert sent == []
    clock.set_demo(programme=story.now_after(story.last_hour + HOUR), speed=1.0)
    feed.tick()
    feed.tick()
    assert [file.feed for file in sent] == list(FEEDS)
    assert sent[0].content.splitlines()[1].split(b",")[1] == b"2026-07-01T00:00"
    assert Story.load(demo / "story.json") == story


def test_a_fast_run_waits_until_the_hour_has_been_judged(
    demo: Path, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacer, "PATIENCE_S", 0.3)  # nobody judges it here
    story = fresh(without_emergencies=True)
    county.seed(story.plan(), secret=SECRET, say=quiet)
    pace.run_until(pace.UNTIL_SIGNAL)
    clock.set_demo(programme=story.now_after(story.last_hour + HOUR), speed=1.0)
    due = story.last_hour + HOUR
    pacer.Pacer(demo / "story.json", story, lambda file: None).tick()
    assert story.last_hour == due


def test_who_was_found_well_lives_on(demo: Path, db: None) -> None:
    story = fresh()
    story.begin_trouble()
    index = int(str(story.emergencies[0]["index"]))
    people = county.seed(story.plan(), secret=SECRET, say=quiet, with_history=False)
    meter = story.county().residents[index].meter_id
    home = Household.objects.get(feed_links__partner_id=meter)
    seen = county.local(TODAY, 9.5)
    feed = pacer.Pacer(demo / "story.json", story, lambda file: None)

    confirm_life(
        household=home, at=seen, source=EvidenceKind.MEDICAL, by=people["operator"], now=seen
    )
    feed._let_live()
    assert feed.county.life.day(TODAY).down[index].all()

    confirm_life(household=home, at=seen, source=EvidenceKind.SEEN, by=people["operator"], now=seen)
    feed._let_live()
    down = feed.county.life.day(TODAY).down[index]
    assert down[:9].all()
    assert not down[9:].any()
    assert not feed.county.life.day(TODAY + timedelta(days=1)).down[index].any()
    assert index not in story.troubled()
    assert Story.load(demo / "story.json") == story


def test_the_tokens_of_the_feeds_are_not_of_the_future(demo: Path, db: None) -> None:
    for ahead in (timedelta(hours=-14), timedelta(hours=30)):
        clock.set_demo(programme=clock.real_now() + ahead, speed=0.0)
        tokens = feed_token.tokens_for_feeds()
        assert set(tokens) == set(FEEDS)
        assert not AccessLog.objects.filter(at__gt=clock.now()).exists()
    assert PartnerToken.objects.valid(at=clock.real_now()).count() == len(FEEDS)


def test_a_portal_that_is_away_gets_the_hour_later(demo: Path, db: None) -> None:
    story = fresh(without_emergencies=True)

    def closed(file: PartnerFile) -> None:
        raise OSError("away")

    clock.set_demo(programme=story.now_after(story.last_hour + HOUR), speed=0.0)
    ticks = iter([False, True])
    pacer.run(pacer.Pacer(demo / "story.json", story, closed), stopped=lambda s: next(ticks))
    assert story.delivered is None


def test_a_choice_of_real_speed_is_never_left_standing_still(demo: Path, db: None) -> None:
    story = fresh(without_emergencies=True)
    clock.set_demo(programme=story.now_after(story.last_hour), speed=0.0)
    pacer.Pacer(demo / "story.json", story, lambda file: None).tick()
    assert clock.demo_speed() == 1.0


# ── its page ─────────────────────────────────────────────────────────────────
def test_the_panel_is_for_staff_of_a_demo(
    client: Client, operator: User, settings: Settings, db: None
) -> None:
    sign_in(client, operator)
    assert client.get("/demo/").status_code == 404
    settings.PORTAL_DEMO = True
    assert client.get("/demo/").status_code == 200
    client.logout()
    assert client.get("/demo/").status_code == 302


@pytest.mark.parametrize(
    ("chosen", "mode", "speed"), [("1", "", 1.0), ("60", "", 60.0), ("next", "signal", 1.0)]
)
def test_the_panel_sets_the_pace_and_a_second_click_changes_nothing(
    client: Client, operator: User, demo: Path, chosen: str, mode: str, speed: float
) -> None:
    pace.run_at(1.0)
    sign_in(client, operator)
    for _ in range(2):
        assert client.post("/demo/", {"speed": chosen}).status_code == 302
    assert (pace.mode(), clock.demo_speed()) == (mode, speed)


def test_a_speed_that_does_not_exist_is_refused_in_words(
    client: Client, operator: User, demo: Path
) -> None:
    sign_in(client, operator)
    page = client.post("/demo/", {"speed": "9000"}, follow=True)
    assert "속도를 골라 주세요" in page.content.decode()


def test_the_sign_in_page_offers_one_account_per_role(demo: Path) -> None:
    assert hints.hints() == []
    secret = staff.password(demo)
    offered = hints.hints()
    assert {hint.username for hint in offered} >= {"operator", "responder", "official"}
    assert {hint.password for hint in offered} == {secret}


def test_the_residents_of_the_story_never_answer() -> None:
    from yeoncheon_portal.demo import phones

    world = County(households=200)
    listed = phones.people(world, frozenset({3}))
    assert listed[3]["person"] == {"answer": "never"}
    answers = [p["person"].get("acts") for p in listed[:200]]  # type: ignore[attr-defined]
    ones = [acts for acts in answers if acts and acts[0] == {"do": "press", "value": "1"}]
    assert 0.6 < len(ones) / 200 < 0.95


def test_local_times_are_those_of_seoul() -> None:
    assert county.local(TODAY, 9).isoformat() == "2026-07-01T09:00:00+09:00"
    assert datetime(2026, 7, 1, 0, tzinfo=county.SEOUL) == county.local(TODAY)
