"""The table of enrolment, who may enter, and what may never be typed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from households.rules import (
    MAY_FIRE,
    TRANSITIONS,
    Event,
    Refused,
    State,
    check_eligible,
    events_from,
    next_state,
    turns_65_month,
)
from households.texts import clean_name, clean_phone, holds_resident_number


@given(st.lists(st.sampled_from(list(Event)), max_size=30))
def test_no_order_of_events_skips_a_step(events: list[Event]) -> None:
    """Nobody is watched who was not reviewed and learned; nobody comes back but by applying."""
    state, walked = "", []
    for event in events:
        after = next_state(state, event)
        if after is None:
            continue
        walked.append((state, after))
        state = after
    into = {after: {a for a, b in walked if b == after} for _, after in walked}
    assert into.get(State.ACTIVE, set()) <= {State.LEARNING}
    assert into.get(State.LEARNING, set()) <= {State.UNDER_REVIEW, State.PAUSED}
    assert into.get(State.PAUSED, set()) <= {State.LEARNING, State.ACTIVE}
    assert into.get(State.UNDER_REVIEW, set()) <= {State.APPLIED}
    assert into.get(State.APPLIED, set()) <= {"", State.ENDED}


def test_every_state_can_be_reached_and_left() -> None:
    assert set(TRANSITIONS.values()) == set(State)
    assert {origin for origin, _ in TRANSITIONS} == {"", *State}


def test_every_event_says_who_may_fire_it() -> None:
    assert set(MAY_FIRE) == set(Event.values)
    assert all(MAY_FIRE.values())


def test_an_operator_is_offered_no_event() -> None:
    assert all(events_from(state, frozenset({"control_operator"})) == [] for state in State)
    assert events_from(State.ACTIVE, frozenset({"township_clerk"})) == [Event.PAUSE, Event.END]


ON = date(2026, 7, 1)


@pytest.mark.parametrize("born", [date(1986, 7, 1), date(1961, 7, 2), date(1984, 2, 29)])
def test_people_of_40_to_64_may_enter(born: date) -> None:
    check_eligible(born=born, lives_alone=True, on=ON)


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(1986, 7, 2), "만 39세"),
        (date(1961, 7, 1), "노인 돌봄"),
        (date(2027, 1, 1), "오늘보다 뒤"),
    ],
)
def test_others_are_told_why_not(born: date, words: str) -> None:
    with pytest.raises(Refused, match=words):
        check_eligible(born=born, lives_alone=True, on=ON)


def test_who_does_not_live_alone_is_told_why_not() -> None:
    with pytest.raises(Refused, match="혼자"):
        check_eligible(born=date(1975, 1, 1), lives_alone=False, on=ON)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2020, 12, 31)))
def test_month_of_65_is_always_a_first_day(born: date) -> None:
    month = turns_65_month(born)
    assert (month.year, month.month, month.day) == (born.year + 65, born.month, 1)


@pytest.mark.parametrize(
    "text",
    [
        "750309-2123456",
        "7503092123456",
        "750309 - 2123456",
        "주민번호 750309–1123456 입니다",
        "750309-1123456",
        "900101.5123456",
    ],
)
def test_a_resident_number_is_seen(text: str) -> None:
    assert holds_resident_number(text)


@pytest.mark.parametrize(
    "text",
    ["010-1234-5678", "1975-03-09", "은대리 750-309", "0412345678", "991399-1234567", "1" * 20],
)
def test_other_numbers_are_let_pass(text: str) -> None:
    assert not holds_resident_number(text)


@given(
    st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 1, 1)),
    st.integers(1_000_000, 8_999_999),
    st.sampled_from(["", "-", " ", " - ", "–"]),
)
def test_every_resident_number_is_seen(born: date, tail: int, between: str) -> None:
    assert holds_resident_number(f"가 {born:%y%m%d}{between}{tail} 나")


@pytest.mark.parametrize(
    "text",
    ["010 1234 5678", "+82-10-1234-5678", "01012345678", "０１０－１２３４－５６７８"],
)
def test_a_phone_has_one_form(text: str) -> None:
    assert clean_phone(text) == "01012345678"


@pytest.mark.parametrize("text", ["", "1234", "12345678901", "가나다", "0١٠12345678"])
def test_what_is_no_phone_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="전화번호"):
        clean_phone(text)


def test_a_name_has_one_form() -> None:
    assert clean_name("  \u1100\u1161  나 ") == "가 나"
