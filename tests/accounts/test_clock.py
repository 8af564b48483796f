"""The one source of time."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from accounts import clock
from accounts.models import DemoClock

AT = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def demo(settings, db):
    settings.PORTAL_DEMO = True
    clock.forget_cached_anchor()
    yield
    clock.forget_cached_anchor()


def test_now_is_real_time_in_utc_outside_a_demo():
    before = datetime.now(UTC)  # noqa: TID251
    assert before <= clock.now() <= datetime.now(UTC)  # noqa: TID251
    assert clock.now().utcoffset() == timedelta(0)


def test_a_frozen_clock_stands_still_until_it_is_moved():
    with clock.freeze(AT) as frozen:
        assert clock.now() == AT
        assert frozen.tick(timedelta(hours=2)) == clock.now() == AT + timedelta(hours=2)
        frozen.move_to(AT)
        assert clock.now() == clock.real_now() == AT
    assert clock.now() > AT


def test_a_frozen_clock_is_seen_by_other_threads():
    seen = []
    with clock.freeze(AT):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
    assert seen == [AT]


def test_an_inner_freeze_ends_with_its_block():
    with clock.freeze(AT):
        with clock.freeze(AT + timedelta(days=1)):
            assert clock.now() == AT + timedelta(days=1)
        assert clock.now() == AT


def test_a_naive_time_cannot_set_the_clock():
    with pytest.raises(ValueError, match="naive"), clock.freeze(datetime(2026, 7, 1)):
        pass


def test_the_demo_clock_needs_a_demo(db, settings):
    settings.PORTAL_DEMO = False
    with pytest.raises(RuntimeError):
        clock.set_demo(programme=AT, speed=60)


def test_the_demo_clock_row_means_nothing_outside_a_demo(db, settings):
    settings.PORTAL_DEMO = False
    DemoClock.objects.create(programme_anchor=AT, real_anchor=AT, speed=0)
    assert clock.now() != AT


def test_without_a_row_a_demo_runs_on_real_time(demo):
    assert abs(clock.now() - clock.real_now()) < timedelta(seconds=5)
    assert clock.demo_speed() == 1.0


def test_a_stopped_demo_clock_shows_the_time_it_was_set_to(demo):
    clock.set_demo(programme=AT, speed=0)
    assert clock.now() == AT
    assert clock.real_now() != AT


def test_a_fast_demo_clock_multiplies_real_time(demo):
    clock.set_demo(programme=AT, speed=3600)
    row = DemoClock.objects.get()
    expected = AT + (clock.real_now() - row.real_anchor) * 3600
    assert abs(clock.now() - expected) < timedelta(hours=1)
    assert clock.demo_speed() == 3600


def test_changing_the_speed_alone_goes_on_from_the_same_time(demo):
    clock.set_demo(programme=AT, speed=0)
    clock.set_demo(speed=1)
    assert AT <= clock.now() < AT + timedelta(minutes=1)


def test_another_process_is_followed_within_half_a_second(demo, monkeypatch):
    clock.set_demo(programme=AT, speed=0)
    clock.now()
    DemoClock.objects.update(programme_anchor=AT + timedelta(days=1))
    assert clock.now() == AT
    monkeypatch.setattr(clock, "_CACHE_SECONDS", 0.0)
    assert clock.now() == AT + timedelta(days=1)
