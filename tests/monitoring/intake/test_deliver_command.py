"""`manage.py deliver`: one line of error, exit codes, and exactly one JSON object."""

import json
import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from monitoring.models import Delivery, HouseholdState
from tests.households.factories import make_household
from tests.monitoring.files import csv, day_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_clock")]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "power.csv"
    path.write_bytes(csv([*day_rows("M-1"), ("M-1", "2026-06-29 05:00", -1)]))
    return path


def run(*args: object) -> str:
    out = StringIO()
    call_command("deliver", *map(str, args), stdout=out)
    return out.getvalue()


def test_the_json_is_one_object_and_nothing_else(file):
    make_household(meter="M-1")
    receipt = json.loads(run("power", file, "--json"))
    assert (receipt["rows"], receipt["accepted"], receipt["rejected"]) == (25, 24, 1)
    assert receipt["delivery"] == str(Delivery.objects.get().uid)


def test_people_read_the_counts_and_the_errors(file):
    make_household(meter="M-1")
    said = run("power", file)
    assert "25 rows, 24 accepted" in said
    assert "row 26: kwh is '-1', expected 0 or more" in said


def test_the_touched_homes_have_a_light_afterwards(file, django_capture_on_commit_callbacks):
    home = make_household(meter="M-1")
    with django_capture_on_commit_callbacks(execute=True):
        run("power", file)
    assert HouseholdState.objects.filter(household=home).exists()


@pytest.mark.parametrize(
    ("feed", "content", "message"),
    [
        ("power", b"a,b\n1,2\n", "refused: expected the columns meter_id, read_at, kwh"),
        ("power", b"", "refused: the file is empty"),
        ("telecom", b"meter_id,read_at,kwh\n", "refused: this is a file of feed 'power'"),
        ("app", b"x", "refused: expected the columns device_id, at, event, value"),
        ("gas", b"x", "no feed 'gas'"),
    ],
)
def test_bad_input_exits_with_2_and_one_line(tmp_path, feed, content, message):
    path = tmp_path / "some.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError) as raised:
        run(feed, path)
    assert raised.value.returncode == 2
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_no_plain_file_is_named_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", tmp_path):
        with pytest.raises(CommandError, match="not a plain file") as raised:
            run("power", path)
        assert raised.value.returncode == 2


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match=r"cannot read .*none\.csv: No such file") as raised:
        run("power", tmp_path / "none.csv")
    assert raised.value.returncode == 2


def test_a_refused_file_prints_its_receipt_too(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(b"a,b\n")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("deliver", "power", str(path), "--json", stdout=out)
    assert json.loads(out.getvalue())["refused"]
