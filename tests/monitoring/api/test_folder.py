"""The watched folder: whole files only, each taken once, none lost."""

import errno
import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from monitoring.doors import folder, tasks
from monitoring.models import Delivery, SignalDay
from tests.monitoring.files import csv, day_rows

pytestmark = pytest.mark.django_db
AT_ONCE = timedelta(0)


@pytest.fixture
def root(tmp_path) -> Path:
    folder.prepare(tmp_path)
    return tmp_path


def put(root: Path, name: str = "power.csv", content: bytes | None = None, feed="power") -> Path:
    path = root / feed / "incoming" / name
    path.write_bytes(csv(day_rows("M-1")) if content is None else content)
    return path


def names(root: Path, where: str, feed: str = "power") -> list[str]:
    found = (root / feed / where).iterdir()
    return sorted(p.name for p in found if not p.name.endswith(".json"))


def receipts(root: Path, where: str) -> list[dict]:
    return [json.loads(p.read_text()) for p in (root / "power" / where).glob("*.receipt.json")]


# ── whole files ──────────────────────────────────────────────────────────────
def test_a_file_is_taken_in_and_goes_to_done_with_its_receipt(root, home, now):
    put(root)
    (taken,) = folder.watch_once(root, now=now, settle=AT_ONCE)
    delivery = Delivery.objects.get()
    assert taken.delivery == delivery
    assert (delivery.source, delivery.filename, delivery.accepted) == ("folder", "power.csv", 24)
    assert names(root, "incoming") == names(root, "processing") == []
    assert names(root, "done") == [f"{delivery.number.lower()}~power.csv"]
    assert receipts(root, "done") == [delivery.receipt()]


def test_a_file_that_cannot_be_read_goes_to_refused_with_the_reason(root, home, now):
    put(root, content=b"a,b\n1,2\n")
    folder.watch_once(root, now=now, settle=AT_ONCE)
    assert len(names(root, "refused")) == 1
    assert receipts(root, "refused")[0]["refused"]
    assert Delivery.objects.get().refused


@pytest.mark.parametrize("name", ["a.csv.tmp", "a.csv.PART", ".hidden.csv"])
def test_a_file_with_the_name_of_an_unfinished_one_is_left(root, home, now, name):
    put(root, name)
    assert folder.watch_once(root, now=now, settle=AT_ONCE) == []
    (root / "power" / "incoming" / name).rename(root / "power" / "incoming" / "a.csv")
    assert len(folder.watch_once(root, now=now, settle=AT_ONCE)) == 1


def test_a_file_that_still_grows_is_left_until_it_rests(root, home, now):
    lines = csv(day_rows("M-1")).splitlines(keepends=True)
    path, settle = put(root, content=b""), timedelta(seconds=2)
    with path.open("ab", buffering=0) as file:
        for line in lines:
            file.write(line)
            os.utime(path, (0, 0))  # a copy that keeps its old date is not an old file
            assert folder.watch_once(root, now=now, settle=settle) == []
    time.sleep(2.1)
    (taken,) = folder.watch_once(root, now=now, settle=settle)
    assert taken.delivery.accepted == 24


def test_a_file_that_was_written_to_meanwhile_is_taken_again(root, home, now, monkeypatch):
    whole, real = csv(day_rows("M-1")), folder.intake.deliver
    put(root, content=whole[:200])

    def while_somebody_writes(**what):
        for path in (root / "power" / "processing").glob("*~*"):
            path.write_bytes(whole)
        return real(**what)

    monkeypatch.setattr(folder.intake, "deliver", while_somebody_writes)
    folder.watch_once(root, now=now, settle=AT_ONCE)
    monkeypatch.setattr(folder.intake, "deliver", real)
    assert len(names(root, "processing")) == 1
    (taken,) = folder.watch_once(root, now=now, settle=AT_ONCE)
    assert taken.delivery.rows == 24
    assert len(names(root, "done")) == 1


@pytest.mark.parametrize("beginning", [csv(day_rows("M-1"))[:300], b"meter_id,re"])
def test_who_goes_on_writing_into_a_finished_file_loses_nothing(root, home, now, beginning):
    """The writer paused for longer than SETTLE; the file lies in `done` or in `refused`."""
    whole = csv(day_rows("M-1"))
    path = put(root, content=beginning)
    with path.open("ab", buffering=0) as file:
        folder.watch_once(root, now=now, settle=AT_ONCE)
        assert folder.purge(root, keep=AT_ONCE) == 0
        file.write(whole[len(beginning) :])
    (taken,) = folder.watch_once(root, now=now, settle=AT_ONCE)
    assert taken.delivery.rows == 24
    assert taken.delivery.filename == "power.csv"
    assert folder.watch_once(root, now=now, settle=AT_ONCE) == []
    assert SignalDay.objects.filter(metric="power").count() == 1
    assert [len(names(root, where)) for where in ("done", "refused")] == [1, 0]


# ── once, and never lost ─────────────────────────────────────────────────────
def test_the_same_content_twice_changes_nothing(root, home, now):
    put(root)
    folder.watch_once(root, now=now, settle=AT_ONCE)
    before = list(SignalDay.objects.values_list("values", flat=True))
    put(root)
    (taken,) = folder.watch_once(root, now=now, settle=AT_ONCE)
    assert (taken.delivery.accepted, taken.delivery.unchanged) == (0, 24)
    assert list(SignalDay.objects.values_list("values", flat=True)) == before
    assert len(names(root, "done")) == 2


WORKER = """
import fcntl, os, sys, time
file = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def test_a_file_in_the_hands_of_a_living_worker_is_left_and_of_a_killed_one_taken(root, home, now):
    path = put(root)
    claimed = root / "power" / "processing" / folder._claim_name(1, path.name)
    path.rename(claimed)
    command = [sys.executable, "-c", WORKER, str(claimed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        try:
            assert worker.stdout.readline() == "held\n"
            assert folder.watch_once(root, now=now, settle=AT_ONCE) == []
        finally:
            worker.kill()
    (taken,) = folder.watch_once(root, now=now, settle=AT_ONCE)
    assert taken.delivery.accepted == 24
    assert names(root, "processing") == []


def test_a_file_that_kills_its_workers_is_refused_after_some_tries(root, home, now, monkeypatch):
    put(root)

    class Killed(BaseException):
        pass

    def die(**what):
        raise Killed

    monkeypatch.setattr(folder.intake, "deliver", die)
    for _ in range(folder.MOST_TRIES):
        with pytest.raises(Killed):
            folder.watch_once(root, now=now, settle=AT_ONCE)
    (taken,) = folder.watch_once(root, now=now, settle=AT_ONCE)
    assert len(names(root, "refused")) == 1
    assert "ended the worker" in receipts(root, "refused")[0]["refused"]
    delivery = Delivery.objects.get()  # the county sees it among the deliveries
    assert taken.delivery == delivery
    assert (delivery.refusal, delivery.filename) == ("not_taken", "power.csv")


def test_a_file_that_may_not_be_read_is_refused_after_some_tries(root, home, now, monkeypatch):
    put(root)
    real = os.open

    def closed(path, *args, **kwargs):
        if "~power.csv" in str(path):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(folder.os, "open", closed)
        for _ in range(folder.MOST_TRIES):
            assert folder.watch_once(root, now=now, settle=AT_ONCE) == []
        assert not Delivery.objects.exists()
        (taken,) = folder.watch_once(root, now=now, settle=AT_ONCE)
    assert names(root, "processing") == []
    assert len(names(root, "refused")) == 1
    delivery = Delivery.objects.get()
    assert taken.delivery == delivery
    assert (delivery.state, delivery.refusal) == ("refused", "not_readable")
    put(root)  # sent again, and readable
    assert folder.watch_once(root, now=now, settle=AT_ONCE)[0].delivery.accepted == 24


def test_without_a_database_a_file_waits_as_long_as_it_takes(root, home, now, monkeypatch):
    put(root)
    put(root, "other.csv")
    real = folder.intake.deliver

    def away(**what):
        raise OperationalError

    monkeypatch.setattr(folder.intake, "deliver", away)
    for _ in range(folder.MOST_TRIES + 3):
        assert folder.watch_once(root, now=now, settle=AT_ONCE) == []
    monkeypatch.setattr(folder.intake, "deliver", real)
    assert len(folder.watch_once(root, now=now, settle=AT_ONCE)) == 2


def test_two_files_of_one_name_are_both_kept(root, home, now):
    put(root)
    folder._claim_ready(root / "power", AT_ONCE)
    put(root, content=csv(day_rows("M-1", kwh=0.7)))
    folder._claim_ready(root / "power", AT_ONCE)
    assert len(folder.watch_once(root, now=now, settle=AT_ONCE)) == 2


def test_links_are_not_followed_and_folders_are_no_files(root, home, now, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "secret.csv"
    other.write_bytes(csv(day_rows("M-1")))
    (root / "power" / "incoming" / "link.csv").symlink_to(other)
    (root / "power" / "incoming" / "folder.csv").mkdir()
    assert folder.watch_once(root, now=now, settle=AT_ONCE) == []


def test_a_name_of_any_length_and_script_is_taken(root, home, now):
    put(root, "검침" * 40 + ".csv")
    put(root, "new\nline.csv")
    put(root, "3~0123456789ab~sent.csv")  # looks like a claim of ours
    assert len(folder.watch_once(root, now=now, settle=AT_ONCE)) == 3
    assert len(names(root, "done")) == 3


def test_a_name_in_another_encoding_is_taken_and_keeps_no_other_file_waiting(root, home, now):
    name = os.fsdecode("전력.csv".encode("cp949"))  # as an older Windows writes it
    put(root, name)
    put(root)
    assert len(folder.watch_once(root, now=now, settle=AT_ONCE)) == 2
    assert names(root, "incoming") == names(root, "processing") == []


def test_a_disk_that_is_full_for_the_receipt_costs_no_try(root, home, now, monkeypatch):
    put(root)
    put(root, "other.csv")
    real = folder.Path.write_text

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder.Path, "write_text", full)
    for _ in range(folder.MOST_TRIES + 3):
        assert folder.watch_once(root, now=now, settle=AT_ONCE) == []
    monkeypatch.setattr(folder.Path, "write_text", real)
    assert len(folder.watch_once(root, now=now, settle=AT_ONCE)) == 2
    assert len(names(root, "done")) == 2


def test_what_a_killed_worker_left_half_written_is_forgotten_too(root, monkeypatch):
    for name in (".x.csv.receipt.json", ".clock-1"):
        (root / "power" / "done" / name).write_text("{}")
    folder.purge(root, keep=AT_ONCE)
    assert len(list((root / "power" / "done").iterdir())) == 2
    monkeypatch.setattr(folder, "RECEIPTS_KEPT", AT_ONCE)
    folder.purge(root, keep=AT_ONCE)
    assert list((root / "power" / "done").iterdir()) == []


# ── forgetting, the task, the command ────────────────────────────────────────
def test_finished_files_go_and_their_receipts_stay_a_while(root, home, now, monkeypatch):
    put(root)
    folder.watch_once(root, now=now, settle=AT_ONCE)
    assert folder.purge(root, keep=timedelta(days=1)) == 0
    assert folder.purge(root, keep=AT_ONCE) == 0, "its writer may not be through"
    monkeypatch.setattr(folder, "STAYS", AT_ONCE)
    assert folder.purge(root, keep=AT_ONCE) == 1
    assert names(root, "done") == []
    assert len(receipts(root, "done")) == 1


def test_the_task_looks_only_where_a_folder_is_set(root, home, settings, monkeypatch):
    put(root)
    monkeypatch.setattr(folder, "SETTLE", AT_ONCE)
    settings.FEED_FOLDER = ""
    tasks.watch_folder()
    assert not Delivery.objects.exists()


def test_the_command_makes_one_pass(root, home, settings, capsys):
    put(root)
    settings.FEED_FOLDER = str(root)
    call_command("watch_folder", "--once", "--settle", "0")
    said = capsys.readouterr().out
    assert "power power.csv: 24 rows, 24 accepted, 0 rejected" in said


def test_the_command_without_a_folder_exits_2(settings):
    settings.FEED_FOLDER = ""
    with pytest.raises(CommandError) as refused:
        call_command("watch_folder", "--once")
    assert refused.value.returncode == 2
