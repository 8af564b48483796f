"""`manage.py try_readings`: the path on a file of strangers' meters, in a database of its own."""

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts import clock
from households.models import Household
from yeoncheon_portal.demo import partner_files
from yeoncheon_portal.demo.life import Emergency
from yeoncheon_portal.demo.partner_files import POWER
from yeoncheon_portal.demo.trial import CannotTry, try_file
from yeoncheon_portal.demo.world import County

FIRST = date(2026, 4, 1)
AFTER = datetime(2026, 7, 1, tzinfo=UTC)
DOWN = datetime(2026, 6, 8, 6)


@pytest.fixture(scope="module")
def readings() -> bytes:
    """Ten homes for 72 days; in one of them nobody moves during the last four."""
    county = County(
        households=10,
        emergencies=(Emergency(4, DOWN, DOWN + timedelta(days=9)),),
        calm=frozenset({4}),
    )
    return partner_files.history(county, POWER, FIRST, FIRST + timedelta(days=71)).content


def test_every_meter_becomes_a_marked_trial_household(readings: bytes, db: None) -> None:
    report = try_file(readings, "strangers.csv", now=AFTER)
    assert (report.meters, report.enrolled) == (10, 10)
    assert report.receipt["accepted"] == report.receipt["rows"]
    homes = list(Household.objects.all())
    assert all(home.synthetic and home.name.startswith("시험 가구") for home in homes)
    assert sum(report.lights.values()) == 10


def test_the_silent_home_is_found_and_when(readings: bytes, db: None) -> None:
    report = try_file(readings, "strangers.csv", now=AFTER)
    meter = County(households=10).residents[4].meter_id
    assert datetime.fromisoformat(report.red.first_by_home[meter]) > DOWN
    assert report.lights["red"] >= 1
    assert report.judged_days == 12
    assert report.yellow.per_household_month >= report.red.per_household_month > 0


def test_a_second_trial_enrols_nobody_and_changes_nothing(readings: bytes, db: None) -> None:
    first = try_file(readings, "strangers.csv", now=AFTER)
    second = try_file(readings, "strangers.csv", now=AFTER)
    assert (second.enrolled, second.receipt["accepted"]) == (0, 0)
    assert (second.lights, second.yellow, second.red) == (first.lights, first.yellow, first.red)


def test_where_real_people_are_watched_nothing_is_tried(readings: bytes, db: None) -> None:
    try_file(readings, "strangers.csv", now=AFTER)
    Household.objects.filter(number=1).update(synthetic=False)
    with pytest.raises(CannotTry, match="real households"):
        try_file(readings, "strangers.csv", now=AFTER)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b\n1,2\n", "refused"),
        (b"meter_id,read_at,kwh\n1,yesterday,2\n", "no row"),
        (b"meter_id,read_at,kwh\n1,2031-01-01T00:00,2\n", "future"),
        (b"meter_id,read_at,kwh\n77,2026-06-01T00:00,2\n", "days"),
    ],
)
def test_a_file_of_no_use_is_one_clear_line(content: bytes, says: str, db: None) -> None:
    with pytest.raises(CannotTry, match=says):
        try_file(content, "bad.csv", now=AFTER)


def test_the_command_prints_words_or_one_object(readings: bytes, tmp_path: Path, db: None) -> None:
    file = tmp_path / "strangers.csv"
    file.write_bytes(readings)
    out = StringIO()
    with clock.freeze(AFTER):
        call_command("try_readings", str(file), stdout=out)
        assert "per household-month" in out.getvalue()
        assert "false one" in out.getvalue()
        out = StringIO()
        call_command("try_readings", str(file), "--json", stdout=out)
    assert set(json.loads(out.getvalue())) >= {"receipt", "lights", "yellow", "red"}


def test_a_missing_file_is_bad_input() -> None:
    with pytest.raises(CommandError, match="cannot read") as error:
        call_command("try_readings", "/nowhere/strangers.csv")
    assert error.value.returncode == 2
