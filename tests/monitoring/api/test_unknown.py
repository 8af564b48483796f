"""Ids that belong to nobody: linked by an official, discarded with a reason, brought back."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import AccessLog
from households import actions as households
from households.models import FeedLink
from households.presenters import mask_partner_id
from households.rules import Refused
from monitoring import unknown_ids
from monitoring.models import SignalDay, UnknownId
from tests.cast import sign_in
from tests.households.factories import make_household
from tests.monitoring.files import day_rows, deliver

pytestmark = pytest.mark.django_db
PAGE = "/feeds/unknown/"
MASKED = "*EW-7 (5자리)"
STRANGER = {"feed": "power", "partner_id": "NEW-7"}


@pytest.fixture
def stranger(now):
    deliver(day_rows("NEW-7"))
    return UnknownId.objects.get()


@pytest.fixture
def free(official, now):
    """A home that agreed to the power data and has no meter yet."""
    household = make_household(meter="OLD-1")
    households.unlink_feed(
        household=household, feed="power", by=official, now=now, on=date(2026, 6, 1)
    )
    return household


def link(household, by, now, **changed):
    what = {**STRANGER, "valid_from": date(2026, 6, 30), **changed}
    return unknown_ids.link_unknown(household=household, by=by, now=now, **what)


def discard(by, now, why="not_ours", **changed):
    return unknown_ids.discard_unknown(**{**STRANGER, **changed}, why=why, by=by, now=now)


def restore(by, now):
    return unknown_ids.restore_unknown(**STRANGER, by=by, now=now)


# ── verbs ────────────────────────────────────────────────────────────────────
def test_a_linked_id_is_received_from_its_day_on(stranger, free, official, now):
    link(free, official, now)
    assert not UnknownId.objects.still_unlinked().exists()
    assert not SignalDay.objects.exists()  # the values of before were never kept
    again = deliver([*day_rows("NEW-7"), *day_rows("NEW-7", day=date(2026, 6, 29))])
    assert (again.accepted, again.unknown) == (24, 24)


def test_without_consent_nothing_is_linked(stranger, official, now):
    home = make_household(line="L-1")
    with pytest.raises(Refused, match="동의가 먼저"):
        link(home, official, now)
    assert not FeedLink.objects.filter(partner_id="NEW-7").exists()


def test_two_officials_do_not_link_one_id_twice(stranger, free, official, now):
    link(free, official, now)
    other = make_household(meter="OLD-2")
    first = date(2026, 6, 1)
    households.unlink_feed(household=other, feed="power", by=official, now=now, on=first)
    with pytest.raises(Refused, match="다른 가구"):
        link(other, official, now)


@pytest.mark.parametrize("who", ["operator", "clerk_jeongok", "administrator", "outsider"])
def test_only_an_official_decides(who, stranger, free, now, request):
    person = request.getfixturevalue(who)
    for verb in (
        lambda: link(free, person, now),
        lambda: discard(person, now),
        lambda: restore(person, now),
        lambda: unknown_ids.reveal_unknown(**STRANGER, why="list", by=person, now=now),
    ):
        with pytest.raises(Refused):
            verb()


def test_a_discarded_id_stays_away_when_it_comes_again_and_can_be_brought_back(
    stranger, official, now
):
    discard(official, now)
    deliver(day_rows("NEW-7", kwh=0.7))
    assert not UnknownId.objects.still_unlinked().exists()
    restore(official, now)
    assert UnknownId.objects.still_unlinked().count() == 1
    with pytest.raises(Refused):
        restore(official, now)


def test_a_discarded_id_is_brought_back_before_it_is_linked(stranger, free, official, now):
    discard(official, now)
    for verb in (lambda: link(free, official, now), lambda: discard(official, now)):
        with pytest.raises(Refused, match="치운 번호"):
            verb()


def test_a_reason_is_chosen_and_an_id_that_never_came_is_refused(stranger, official, now):
    with pytest.raises(Refused):
        discard(official, now, why="because")
    with pytest.raises(Refused, match="보는 까닭"):
        unknown_ids.reveal_unknown(**STRANGER, why="", by=official, now=now)
    with pytest.raises(Refused):
        discard(official, now, partner_id="NEVER")


def test_the_access_log_tells_what_was_done_and_no_number(stranger, free, official, now):
    discard(official, now, why="test")
    restore(official, now)
    link(free, official, now)
    lines = AccessLog.objects.filter(subject_kind="unknown_id").order_by("id")
    assert [line.detail["what"] for line in lines] == ["discarded", "restored", "linked"]
    assert {line.subject_uid for line in lines} == {str(stranger.pk)}
    assert {line.actor_id for line in lines} == {official.pk}
    assert "NEW-7" not in str(list(AccessLog.objects.values_list()))


# ── pages ────────────────────────────────────────────────────────────────────
def test_the_desk_looks_and_only_officials_decide(client, cast, stranger):
    link_page = reverse("monitoring:unknown_link", args=[stranger.pk])
    for name, user in cast.items():
        reads = name in {"official", "operator", "operator2"}
        assert sign_in(client, user).get(PAGE).status_code == (200 if reads else 403), name
        decides = name == "official"
        assert client.get(link_page).status_code == (200 if decides else 403), name
    page = sign_in(client, cast["operator"]).get(PAGE).content.decode()
    assert MASKED in page
    assert "NEW-7" not in page
    assert link_page not in page


def test_the_whole_number_is_shown_once_and_the_look_is_logged(client, cast, stranger):
    address = reverse("monitoring:unknown_reveal", args=[stranger.pk])
    assert sign_in(client, cast["operator"]).post(address).status_code == 403
    official = sign_in(client, cast["official"])
    for place in ("link", "discard"):
        page = official.get(reverse(f"monitoring:unknown_{place}", args=[stranger.pk]))
        assert MASKED in page.content.decode()
        assert "NEW-7" not in page.content.decode()
    for answer, status in ((official.get(address), 200), (official.post(address), 422)):
        assert answer.status_code == status
        assert "NEW-7" not in answer.content.decode()
    assert official.post(address, {"why": "because"}).status_code == 422
    assert not AccessLog.objects.filter(action="revealed").exists()
    shown = official.post(address, {"why": "meter"})
    assert "NEW-7" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store, private"
    line = AccessLog.objects.get(action="revealed")
    assert (line.subject_kind, line.subject_uid) == ("unknown_id", str(stranger.pk))
    assert line.reason == "집의 계량기나 회선과 대조하려고"
    assert "NEW-7" not in str(line.detail)


def test_a_number_that_is_all_last_letters_is_masked_whole():
    masked = [mask_partner_id(one) for one in ("", "7", "NE-7", "NEW-7", "0123456789")]
    assert masked == ["", "*", "****", "*EW-7", "******6789"]


def test_linking_by_the_page(client, official, stranger, free, now):
    sign_in(client, official)
    address = reverse("monitoring:unknown_link", args=[stranger.pk])
    page = client.get(address)
    assert f"{free.label} · {free.masked_name}" in page.content.decode()
    assert free.name not in page.content.decode()
    answer = client.post(address, {"household": str(free.uid), "valid_from": "2026-06-30"})
    assert answer.status_code == 302
    assert FeedLink.objects.get(partner_id="NEW-7").household == free
    again = client.post(address, {"household": str(free.uid), "valid_from": "2026-06-30"})
    assert again.status_code == 422  # a second press meets a sentence
    assert FeedLink.objects.filter(partner_id="NEW-7").count() == 1
    assert "모든 번호가 가구와 이어져 있습니다." in client.get(PAGE).content.decode()


def test_homes_are_found_by_case_number_and_township(client, official, stranger, free, baekhak):
    taken = make_household(meter="M-1", township=baekhak)
    other = make_household(line="L-1", township=baekhak)
    sign_in(client, official)
    address = reverse("monitoring:unknown_link", args=[stranger.pk])
    by_number = client.get(address, {"number": taken.number}).content.decode()
    assert "다른 번호가 연결되어 있습니다" in by_number
    assert free.label not in by_number
    by_place = client.get(address, {"township": baekhak.code}).content.decode()
    assert "동의가 없어 연결할 수 없습니다." in by_place
    assert taken.label in by_place
    assert other.label in by_place
    assert "맞는 가구가 없습니다" in client.get(address, {"number": 987654}).content.decode()
    assert client.get(address, {"number": "x"}).status_code == 200
    assert AccessLog.objects.filter(action="listed", subject_kind="household").count() == 4


def test_a_home_that_was_not_offered_cannot_be_sent(client, official, stranger, free):
    taken = make_household(meter="M-1")
    sign_in(client, official)
    address = reverse("monitoring:unknown_link", args=[stranger.pk])
    answer = client.post(address, {"household": str(taken.uid), "valid_from": "2026-06-30"})
    assert answer.status_code == 422
    assert not FeedLink.objects.filter(partner_id="NEW-7").exists()


def test_discarding_and_bringing_back_by_the_page(client, official, stranger):
    sign_in(client, official)
    address = reverse("monitoring:unknown_discard", args=[stranger.pk])
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"why": "typo"}).status_code == 302
    assert MASKED not in client.get(PAGE).content.decode()
    kept = client.get(PAGE, {"state": "discarded"}).content.decode()
    assert "기관이 잘못 적은 번호" in kept
    assert official.name in kept
    back = reverse("monitoring:unknown_restore", args=[stranger.pk])
    assert [client.post(back).status_code for _ in range(2)] == [302, 302]
    assert MASKED in client.get(PAGE).content.decode()


def test_the_list_asks_the_same_number_of_questions_for_any_length(
    client, official, django_assert_max_num_queries, now
):
    rows = [(f"NEW-{n}", "2026-06-30T00:00", "0.1") for n in range(60)]
    deliver(rows)
    sign_in(client, official)
    client.get(PAGE)
    with django_assert_max_num_queries(14):
        client.get(PAGE, {"state": "discarded"})
    with django_assert_max_num_queries(14):
        assert "60개" in client.get(PAGE).content.decode()
