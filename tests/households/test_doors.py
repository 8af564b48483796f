"""What this floor leaves open for the floors above, and what beat calls."""

from datetime import timedelta

import django_filters
import pytest
from django.utils.html import format_html

from accounts import clock
from accounts.models import User
from households import actions, list_hooks, tasks
from households.list_hooks import ListHook
from households.models import Absence, EnrolDraft, Household
from tests.households.conftest import ClientOf
from tests.households.factories import make_household, maker

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> ListHook:
    """A column as monitoring would add it."""
    monkeypatch.setattr(list_hooks, "_hooks", {})
    added = ListHook(
        key="door",
        order=1,
        heading="열",
        cells=lambda households, now: {
            one.pk: format_html("<i>칸 {}</i>", one.number) for one in households
        },
        filters={"sex": lambda: django_filters.ChoiceFilter(choices=[("male", "남")])},
    )
    list_hooks.register(added)
    list_hooks.register(added)
    return added


def test_a_higher_floor_adds_a_column_and_a_filter(
    hook: ListHook, client_of: ClientOf, official: User
) -> None:
    man, woman = make_household(sex="male"), make_household(sex="female")
    page = client_of(official).get("/households/?sex=male").content.decode()
    assert f"<i>칸 {man.number}</i>" in page
    assert f"<i>칸 {woman.number}</i>" not in page
    with pytest.raises(ValueError, match="twice"):
        list_hooks.register(
            ListHook(key="door", order=2, heading="", cells=lambda households, now: {})
        )


def test_an_empty_list_says_what_to_do(client_of: ClientOf, clerk_jeongok: User) -> None:
    client = client_of(clerk_jeongok)
    assert "가입을 신청하면" in client.get("/households/").content.decode()
    assert "조건을 줄이거나" in client.get("/households/?state=ended").content.decode()


def test_tasks_call_the_verbs_at_programme_time(frozen_clock: clock.FrozenClock) -> None:
    home = make_household(state="learning", since=timedelta(days=60))
    away = make_household()
    actions.plan_absence(
        household=away,
        starts_at=clock.now(),
        ends_at=clock.now() + timedelta(hours=1),
        kind="travel",
        source="self",
        by=maker(),
        now=clock.now(),
    )
    actions.save_draft(values={"name": "나"}, by=maker(), now=clock.now())
    frozen_clock.tick(timedelta(days=31))
    assert tasks.graduate_learners() == 1
    assert tasks.announce_ended_absences() == 1
    assert tasks.purge_drafts() == 1
    home.enrolment.refresh_from_db()
    assert home.enrolment.state == "active"
    assert Absence.objects.get().ended_at is not None
    assert not EnrolDraft.objects.exists()


def test_words_about_a_person_are_unreadable_without_their_key() -> None:
    one, two = make_household(), make_household()
    token = one.seal("밤에 술을 마심")
    assert Household.objects.get(pk=one.pk).unseal(token) == "밤에 술을 마심"
    assert one.unseal(b"") == ""
    with pytest.raises(Exception, match="opened"):
        two.unseal(token)
