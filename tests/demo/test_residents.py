"""The synthetic residents: the same for everybody, plausible in their days, nobody's real data."""

import ast
import re
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from yeoncheon_portal.demo import partner_files
from yeoncheon_portal.demo.life import STUCK_ON, Emergency, PowerCut
from yeoncheon_portal.demo.partner_files import POWER, LateFile
from yeoncheon_portal.demo.residents import TOWNSHIPS
from yeoncheon_portal.demo.story import Story, cast
from yeoncheon_portal.demo.world import County

MONDAY = date(2026, 6, 1)
PURE = ("residents", "life", "power", "handset", "app", "world", "partner_files")


@pytest.fixture(scope="module")
def county() -> County:
    return County()


@pytest.fixture(scope="module")
def weeks(county: County) -> np.ndarray:
    """Four weeks from a Monday: residents × 28 days × 24 hours, kWh."""
    return np.stack([county.kwh(MONDAY + timedelta(days=n)) for n in range(28)], axis=1)


def test_two_hundred_people_in_ten_townships_of_the_programmes_age(county: County) -> None:
    people = county.residents
    assert len(people) == 200
    assert {person.township for person in people} == {code for code, _, _ in TOWNSHIPS}
    assert {person.township for person in people[:10]} == {code for code, _, _ in TOWNSHIPS}
    assert all(40 <= 2026 - person.birth_date.year <= 63 for person in people)
    for number in ("meter_id", "line_id", "device_id"):
        assert len({getattr(person, number) for person in people}) == 200
    assert len({person.phone for person in people}) == 200


def test_nobody_can_be_real(county: County) -> None:
    for person in county.residents:
        assert re.fullmatch(r"010-0000-\d{4}", person.phone)
        assert re.fullmatch(r"010-0000-\d{4}", person.contact_phone)
        assert "모의로" in person.address


def test_the_same_seed_is_the_same_county(county: County) -> None:
    again = County()
    assert again.residents == county.residents
    np.testing.assert_array_equal(again.kwh(MONDAY), county.kwh(MONDAY))
    assert not np.array_equal(County(seed=7).kwh(MONDAY), county.kwh(MONDAY), equal_nan=True)


def test_an_hour_does_not_depend_on_what_was_asked_before(county: County) -> None:
    at = datetime(2026, 6, 20, 19)
    fresh = County().hour(at)
    for offset in range(8):
        county.kwh(MONDAY + timedelta(days=offset))
    np.testing.assert_array_equal(county.hour(at), fresh)


def test_a_smaller_county_has_the_same_first_people() -> None:
    assert County(households=20).residents == County().residents[:20]


def test_evenings_are_busier_than_nights_and_consumption_is_that_of_one_person(
    weeks: np.ndarray,
) -> None:
    hours = np.nanmean(weeks, axis=(0, 1))
    assert hours[18:22].mean() > 1.6 * hours[1:5].mean()
    month = np.nanmean(weeks, axis=(1, 2)) * 720
    assert 60 < np.median(month) < 200
    assert np.nanmin(weeks) >= 0


def test_workers_are_out_on_weekdays_and_home_on_weekends(
    county: County, weeks: np.ndarray
) -> None:
    days = np.arange(28) % 7
    noon = weeks[county.habits.works][:, :, 10:16]
    assert np.nanmean(noon[:, days >= 5]) > 1.3 * np.nanmean(noon[:, days < 5])


def test_night_workers_turn_day_and_night_around(county: County, weeks: np.ndarray) -> None:
    shifts = np.flatnonzero(county.habits.shifts)
    assert 4 <= len(shifts) <= 24
    one = int(shifts[0])
    nights = [
        county.life.night_shift(MONDAY + timedelta(days=n))[one]
        for n in range(28)  # four on, four off
    ]
    assert 10 <= sum(nights) <= 18


def test_a_fridge_is_heard_in_the_quietest_home(weeks: np.ndarray) -> None:
    night = weeks[:, :, 2:5].reshape(200, -1)
    quiet = np.nanquantile(night, 0.05, axis=1)
    assert np.all(quiet > 0.01)
    assert np.all(np.nanstd(night, axis=1) > 0.001)


def test_absences_are_quiet_and_some_are_announced(county: County, weeks: np.ndarray) -> None:
    absences = county.absences(MONDAY, MONDAY + timedelta(days=27))
    told = [away for away in absences if away.announced]
    assert len(absences) > 40
    assert 0.2 < len(told) / len(absences) < 0.9
    long = [a for a in absences if a.end - a.start > timedelta(hours=40)][:8]
    for away in long:
        day = (away.start.date() - MONDAY).days + 1
        if 0 <= day < 27:
            usual = np.nanmedian(weeks[away.index, :, 18:22])
            assert np.nanmean(weeks[away.index, day, 18:22]) < max(usual, 0.2)


def test_an_emergency_changes_only_its_own_home(county: County) -> None:
    at = datetime(2026, 6, 10, 7)
    down = Emergency(5, at, at + timedelta(days=2))
    with_it = County(emergencies=(down,)).kwh(at.date())
    without = County().kwh(at.date())
    others = np.arange(200) != 5
    np.testing.assert_array_equal(with_it[others], without[others])
    np.testing.assert_array_equal(with_it[5, :7], without[5, :7])
    assert np.nanmean(with_it[5, 7:]) < np.nanmean(without[5, 7:])


def test_a_home_where_things_stay_on_is_flat_but_not_low() -> None:
    at = datetime(2026, 6, 10, 20)
    stuck = County(emergencies=(Emergency(5, at, at + timedelta(days=2), STUCK_ON),))
    day = stuck.kwh(date(2026, 6, 11))[5]
    assert np.nanmean(day) > 0.1
    assert np.nanstd(day) < 0.06


def test_without_emergencies_nobody_is_in_trouble() -> None:
    story = Story(today="2026-06-10", without_emergencies=True)
    story.begin_trouble()
    assert story.emergencies == []
    assert story.county().emergencies == ()


def test_every_start_tells_of_two_other_people() -> None:
    story = Story(today="2026-06-10", households=40)
    story.begin_trouble()
    first = set(story.troubled())
    story.opened = story.delivered = "2026-06-12T09:00:00"
    story.begin_trouble()
    assert len(first) == 2
    assert len(story.troubled()) == 4
    assert set(cast(40, story.seed)) >= story.troubled()
    begins = [datetime.fromisoformat(str(item["at"])) for item in story.emergencies]
    assert begins[0] < datetime(2026, 6, 10)
    habits = story.county().habits
    assert all(habits.line[index] and habits.app[index] for index in first)
    assert min(begins[2:]) > datetime(2026, 6, 12, 9)


def test_a_power_cut_darkens_one_township() -> None:
    cut = PowerCut("4180036000", datetime(2026, 6, 10, 11), 2)
    day = County(cuts=(cut,)).kwh(date(2026, 6, 10))
    places = np.array([person.township for person in County().residents])
    assert np.all(day[places == "4180036000", 11:13] == 0)
    assert np.nanmin(day[places != "4180036000", 11:13]) > 0


def test_the_file_is_in_the_power_format(county: County) -> None:
    lines = partner_files.history(county, POWER, MONDAY, MONDAY).content.decode().splitlines()
    assert lines[0] == "meter_id,read_at,kwh"
    assert all(re.fullmatch(r"\d{10},2026-06-01T\d\d:00,[0-9.e-]+", row) for row in lines[1:])
    assert len(lines) - 1 == np.count_nonzero(~np.isnan(county.kwh(MONDAY)))


def test_a_late_township_comes_together_afterwards(county: County) -> None:
    start = datetime(2026, 6, 4, 9)
    late = (LateFile(POWER, start, start + timedelta(hours=4), "4180033000"),)
    meters = {p.meter_id for p in county.residents if p.township == "4180033000"}

    def rows(hour: int) -> list[list[str]]:
        files = partner_files.hourly(county, datetime(2026, 6, 4, hour), late)
        return [f.content.decode().splitlines()[1:] for f in files if f.feed == POWER]

    assert not any(row[:10] in meters for row in rows(10)[0])
    regular, afterwards = rows(13)
    assert {row[:10] for row in afterwards} == meters
    assert {row[11:24] for row in afterwards} == {f"2026-06-04T{h:02d}" for h in range(9, 13)}
    assert any(row[:10] in meters for row in regular)


@pytest.mark.parametrize("name", PURE)
def test_the_generator_knows_neither_django_nor_the_detector(name: str) -> None:
    source = (Path(settings.BASE_DIR) / "yeoncheon_portal/demo" / f"{name}.py").read_text()
    allowed = {"numpy", "dataclasses", "datetime", "io", "collections", "gzip", "typing"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed
        if isinstance(node, ast.ImportFrom):
            assert node.level or (node.module or "").split(".")[0] in allowed
            assert not node.level or node.module in PURE
