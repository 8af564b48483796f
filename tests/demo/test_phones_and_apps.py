"""The residents' telephones and care apps: plausible beside the public volunteers, and one life.

The public set's first sixty days (221 windows of real volunteers, screen unlocks and steps): the
telephone is used in 0.40 of the hours, steps are taken in 0.32; nobody touches it on 0.05 of the
days; the median home is silent for 32 hours at the longest.
"""

import gzip
from collections import Counter
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from yeoncheon_portal.demo import app, partner_files
from yeoncheon_portal.demo.life import Emergency
from yeoncheon_portal.demo.partner_files import APP, TELECOM, LateFile
from yeoncheon_portal.demo.story import Story
from yeoncheon_portal.demo.world import County, Swap

MONDAY = date(2026, 6, 1)
DAYS = [MONDAY + timedelta(days=n) for n in range(28)]
Grid = np.ndarray


def of_app(county: County, day: date, *kinds: int, values: bool = False) -> Grid:
    """Residents × 24: how many events of these kinds, or the sum of their values."""
    events = county.app(day)
    chosen = np.isin(events.kind, kinds)
    grid = np.zeros((county.households, 24))
    what = events.value[chosen] if values else 1
    np.add.at(grid, (events.resident[chosen], events.second[chosen] // 3600), what)
    return grid


def signs(county: County, day: date) -> Grid:
    """Residents × 24: what counts as use of the telephone; NaN where the app was not heard."""
    used = of_app(county, day, app.UNLOCK, app.SCREEN_ON)
    used[of_app(county, day, app.HEARTBEAT) == 0] = np.nan
    return used


@pytest.fixture(scope="module")
def county() -> County:
    return County()


@pytest.fixture(scope="module")
def unlocks(county: County) -> Grid:
    return np.stack([signs(county, day) for day in DAYS], axis=1)


@pytest.fixture(scope="module")
def steps(county: County, unlocks: Grid) -> Grid:
    grids = [of_app(county, day, app.STEPS, values=True) for day in DAYS]
    return np.where(np.isnan(unlocks), np.nan, np.stack(grids, axis=1))


@pytest.fixture(scope="module")
def calls(county: County) -> Grid:
    days = [county.phone(day) for day in DAYS]
    return np.stack([day.calls_out + day.sms_out for day in days], axis=1)


def share(grid: Grid) -> float:
    return float(np.mean(grid[~np.isnan(grid)] > 0))


def longest_silence(home: Grid) -> int:
    longest = now = 0
    for value in home:
        now = 0 if value > 0 else now + int(value == 0)
        longest = max(longest, now)
    return longest


def test_as_many_hours_are_active_as_with_the_public_volunteers(unlocks: Grid, steps: Grid) -> None:
    assert 0.33 < share(unlocks) < 0.47
    assert 0.26 < share(steps) < 0.40
    per_home = [share(home) for home in unlocks]
    assert np.quantile(per_home, 0.05) < 0.25 < 0.55 < np.quantile(per_home, 0.95)


def test_nights_are_quiet_and_days_without_the_telephone_are_rare(unlocks: Grid) -> None:
    nights = unlocks[:, :, :5].sum(axis=2)
    assert 0.45 < np.mean(nights[~np.isnan(nights)] == 0) < 0.9
    whole = unlocks.sum(axis=2)
    assert 0.02 < np.mean(whole[~np.isnan(whole)] == 0) < 0.08
    assert 8 < np.nanmedian(whole) < 30
    longest = [longest_silence(home) for home in unlocks.reshape(200, -1)]
    assert 14 < np.median(longest) < 40


def test_blank_app_days_are_missing_and_not_silent(unlocks: Grid) -> None:
    assert 0.02 < np.mean(np.isnan(unlocks).all(axis=2)) < 0.06


def test_a_line_alone_says_less_than_the_app(calls: Grid, unlocks: Grid) -> None:
    assert 0.06 < share(calls) < 0.2
    assert share(calls) < share(unlocks) / 2


def test_one_life_shows_in_all_three_feeds(county: County, unlocks: Grid, steps: Grid) -> None:
    """Who is up uses power, telephone and legs; the public pairs are strangers to each other and
    reach 0.14 between telephone and steps, 0.12 between power and telephone."""
    power = np.stack([county.kwh(day) for day in DAYS], axis=1)
    known = ~np.isnan(unlocks) & ~np.isnan(power)
    together = np.corrcoef(unlocks[known] > 0, steps[known] > 0)[0, 1]
    assert 0.14 < together < 0.5
    assert np.corrcoef(power[known], unlocks[known] > 0)[0, 1] > 0.08


def test_the_telephone_goes_along_on_most_journeys(county: County) -> None:
    lived = [county.life.day(day) for day in DAYS]
    away = np.stack([day.away & day.awake for day in lived], axis=1)
    silent = np.stack([day.silent & day.awake for day in lived], axis=1)
    used = np.stack([county.phone(day).used for day in DAYS], axis=1)
    assert used[away & ~silent].mean() > 0.4
    assert 0.1 < silent.sum() / away.sum() < 0.4
    assert not used[silent].any()


def test_nobody_on_the_floor_telephones_unlocks_or_walks() -> None:
    at = datetime(2026, 6, 3, 9)
    fallen = County(emergencies=(Emergency(5, at, at + timedelta(days=4)),))
    quiet, rang, alive = 0.0, 0, []
    for offset in range(3):
        day = date(2026, 6, 3) + timedelta(days=offset)
        begin = 9 if offset == 0 else 0
        phone = fallen.phone(day)
        quiet += phone.calls_out[5, begin:].sum() + phone.sms_out[5, begin:].sum()
        quiet += of_app(fallen, day, app.UNLOCK, app.SCREEN_ON, app.STEPS)[5, begin:].sum()
        rang += int(phone.calls_in[5, begin:].sum())
        alive.append(of_app(fallen, day, app.HEARTBEAT)[5].sum())
    assert quiet == 0
    assert rang > 0  # others go on calling, and that proves nothing
    assert alive[0] > 20
    assert alive[2] < 24  # nobody charges the telephone: it dies, and the app is missing


def test_an_emergency_changes_nobody_elses_telephone() -> None:
    at = datetime(2026, 6, 10, 7)
    with_it = County(emergencies=(Emergency(5, at, at + timedelta(days=2)),))
    without = County()
    for kind in range(len(app.EVENTS)):
        a, b = (of_app(county, at.date(), kind) for county in (with_it, without))
        np.testing.assert_array_equal(np.delete(a, 5, axis=0), np.delete(b, 5, axis=0))
        np.testing.assert_array_equal(a[5, :7], b[5, :7])
    others = np.arange(200) != 5
    np.testing.assert_array_equal(
        with_it.phone(at.date()).data_mb[others], without.phone(at.date()).data_mb[others]
    )


def test_no_two_events_of_a_kind_in_one_second(county: County) -> None:
    events = county.app(MONDAY)
    keys = list(
        zip(events.resident.tolist(), events.kind.tolist(), events.second.tolist(), strict=True)
    )
    assert len(set(keys)) == len(keys)
    assert np.all(np.diff(events.second) >= 0)
    assert set(events.kind.tolist()) == set(range(len(app.EVENTS)))


def test_consents_are_as_in_a_real_county(county: County) -> None:
    assert 0.84 < county.habits.line.mean() < 0.96
    assert 0.67 < county.habits.app.mean() < 0.83


# ── files ────────────────────────────────────────────────────────────────────
def rows(file: partner_files.PartnerFile) -> list[list[str]]:
    plain = gzip.decompress(file.content) if file.feed == APP else file.content
    return [line.split(",") for line in plain.decode("cp949").splitlines()]


def test_the_telephone_company_writes_cp949_with_korean_headings(county: County) -> None:
    file = partner_files.history(county, TELECOM, MONDAY, MONDAY)
    head, *lines = rows(file)
    assert head[:2] == ["회선번호", "시각"]
    with pytest.raises(UnicodeDecodeError):
        file.content.decode("utf-8")
    assert {line[0] for line in lines} == {
        resident.line_id for resident in county.residents if county.habits.line[resident.index]
    }
    assert len(lines) > 0.99 * 24 * county.habits.line.sum()


def test_the_app_sends_gzip_and_every_hour_says_that_it_lives(county: County) -> None:
    head, *lines = rows(partner_files.history(county, APP, MONDAY, MONDAY))
    assert head == ["device_id", "at", "event", "value"]
    kinds = Counter(line[2] for line in lines)
    assert set(kinds) == set(app.EVENTS)
    assert kinds["heartbeat"] > 20 * county.habits.app.sum()
    assert all((line[3] != "") == (line[2] in ("steps", "battery")) for line in lines)


def test_the_hours_of_a_day_together_are_the_day(county: County) -> None:
    begin = datetime(2026, 6, 1)
    sent = [partner_files.hourly(county, begin + timedelta(hours=n)) for n in range(30)]
    for feed in partner_files.FEEDS:
        hours = [row for files in sent for f in files if f.feed == feed for row in rows(f)[1:]]
        whole = rows(partner_files.history(county, feed, MONDAY, MONDAY))[1:]
        assert sorted(whole) == sorted(row for row in hours if row[1].startswith("2026-06-01"))


def test_a_telephone_out_of_coverage_sends_its_hours_together(county: County) -> None:
    day, index, hour = next(
        (day, index, hour)
        for day in DAYS
        for index, hour in np.argwhere(county.app_delays(day) == 2).tolist()
        if county.habits.app[index] and of_app(county, day, app.HEARTBEAT)[index, hour]
    )
    device = county.residents[index].device_id
    at = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour)

    def hours_in(moment: datetime) -> set[str]:
        files = [f for f in partner_files.hourly(county, moment) if f.feed == APP]
        return {row[1][:13] for f in files for row in rows(f) if row[0] == device}

    assert hours_in(at) == set()
    assert f"{at:%Y-%m-%dT%H}" in hours_in(at + timedelta(hours=2))


def test_a_whole_partner_may_be_late(county: County) -> None:
    start = datetime(2026, 6, 4, 9)
    late = (LateFile(TELECOM, start, start + timedelta(hours=3)),)
    sent = [
        [f.filename for f in partner_files.hourly(county, start + timedelta(hours=n), late)]
        for n in (0, 3)
    ]
    assert not any(name.startswith(TELECOM) for name in sent[0])
    assert [name for name in sent[1] if name.endswith("-late.csv")] == [
        "telecom-20260604-12-late.csv"
    ]


def test_a_swapped_telephone_has_another_number_from_its_day_on() -> None:
    swapped = County(households=20, swaps=(Swap(3, APP, date(2026, 6, 2), "hc-new", told=False),))
    old = swapped.residents[3].device_id
    assert swapped.numbers(APP, date(2026, 6, 1))[3] == old
    assert swapped.numbers(APP, date(2026, 6, 2))[3] == "hc-new"


def test_the_story_brings_an_outage_into_the_first_hour_a_newcomer_sees() -> None:
    story = Story(today="2026-07-01", opened="2026-07-01T08:00:00")
    assert datetime(2026, 7, 1, 9) in {cut.start for cut in story.county().cuts}
    assert {late.feed for late in story.late_files()} == {"power", "telecom"}
    assert [swap.told for swap in story.county().swaps] == [True, False]
