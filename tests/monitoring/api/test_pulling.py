"""Fetching from partners' servers: real SFTP and real HTTP on this machine."""

import gzip
import os
import signal
import subprocess
import sys
from datetime import timedelta

import paramiko
import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from monitoring.doors import http, pulling, sftp, sources, tasks
from monitoring.models import Delivery, FetchedFile
from tests.monitoring.api.servers import PASSWORD, USER, http_server, sftp_server
from tests.monitoring.files import csv, day_rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(sftp, "SETTLE_SECONDS", 0.05)


@pytest.fixture
def server(tmp_path, settings):
    (tmp_path / "out").mkdir()
    with sftp_server(tmp_path) as running:
        settings.FEED_PULL = {
            "POWER": f"sftp://{USER}@127.0.0.1:{running.port}/out/*.csv*",
            "POWER_PASSWORD": PASSWORD,
            "POWER_HOST_KEY": running.host_key,
        }
        yield running


@pytest.fixture
def web(settings):
    with http_server() as running:
        settings.FEED_PULL = {"POWER": f"http://127.0.0.1:{running.port}/power.csv"}
        yield running


def put(server, name="a.csv", content=None, changed=1_780_000_000):
    path = server.root / "out" / name
    path.write_bytes(csv(day_rows("M-1")) if content is None else content)
    os.utime(path, (changed, changed))
    return path


def pull(now):
    (result,) = pulling.pull(now=now)
    return result


# ── SFTP ─────────────────────────────────────────────────────────────────────
def test_new_files_are_fetched_once_the_oldest_first(server, home, now):
    put(server, "b.csv.gz", gzip.compress(csv(day_rows("M-1", kwh=0.7))), changed=1_780_000_100)
    put(server)
    result = pull(now)
    assert result.problem == ""
    assert [delivery.filename for delivery in result.deliveries] == ["a.csv", "b.csv.gz"]
    assert [delivery.source for delivery in result.deliveries] == ["pull", "pull"]
    assert [d.receipt()["corrected"] for d in result.deliveries] == [0, 24]
    assert pull(now).deliveries == []
    assert FetchedFile.objects.count() == 2


def test_a_file_that_was_replaced_is_fetched_again(server, home, now):
    put(server)
    pull(now)
    put(server, content=csv(day_rows("M-1", kwh=0.7)), changed=1_780_000_500)
    assert pull(now).deliveries[0].corrected == 24


def test_versions_of_long_ago_are_forgotten_and_what_still_lies_there_is_not(server, home, now):
    put(server)
    gone = put(server, "gone.csv", changed=1_780_000_200)
    pull(now)
    put(server, content=csv(day_rows("M-1", kwh=0.7)), changed=1_780_000_500)
    pull(now)
    gone.unlink()
    assert FetchedFile.objects.count() == 3
    assert pull(now + pulling.REMEMBERED).deliveries == []
    assert FetchedFile.objects.count() == 3
    assert pull(now + pulling.REMEMBERED + timedelta(hours=1)).deliveries == []
    assert FetchedFile.objects.get().fingerprint.endswith("-1780000500")


def test_old_files_are_fetched_too_where_newer_ones_are_known(server, home, now, monkeypatch):
    """A folder that nobody clears away: what arrives with an old date is not cut off."""
    for number in range(5):
        put(server, f"{number}.csv", changed=1_780_000_000 + number)
    pull(now)
    put(server, "old.csv", changed=1_770_000_000)
    tried = []
    real = sftp.SftpServer.fetch
    monkeypatch.setattr(
        sftp.SftpServer,
        "fetch",
        lambda self, remote, **how: tried.append(remote.name) or real(self, remote, **how),
    )
    assert [delivery.filename for delivery in pull(now).deliveries] == ["old.csv"]
    assert tried == ["old.csv"]


def test_a_long_list_costs_one_query(server, home, now, django_assert_num_queries):
    for number in range(4):
        put(server, f"{number}.csv", changed=1_780_000_000 + number)
    pull(now)
    with django_assert_num_queries(3):  # the lock, the list, the unlock
        assert pull(now).deliveries == []


KILLED = """
import os, signal, sys
import django
django.setup()
from monitoring.doors import pulling
pulling._take_in = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
class Server:
    def fetch(self, remote, known, into):
        into.write(b"x" * 100_000)
        return remote
pulling._one(Server(), pulling.Remote("/a", "a", "1"), frozenset(), "power", None)
"""


def test_a_worker_that_is_killed_leaves_no_file_behind(tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_unfinished_files_other_names_and_folders_are_left(server, home, now):
    put(server, "c.csv.part")
    put(server, "readme.txt")
    put(server, ".a.csv")
    (server.root / "out" / "d.csv").mkdir()
    assert pull(now).deliveries == []


def test_a_file_that_changes_between_two_looks_is_left(server, home, now, monkeypatch):
    path = put(server)
    monkeypatch.setattr(sftp, "sleep", lambda seconds: path.write_bytes(b"meter_id,re"))
    assert pull(now).deliveries == []
    monkeypatch.undo()
    monkeypatch.setattr(sftp, "SETTLE_SECONDS", 0.05)
    put(server)
    assert len(pull(now).deliveries) == 1


def test_a_server_with_another_key_gets_no_password(server, home, now, settings):
    other = paramiko.ECDSAKey.generate(bits=256)
    settings.FEED_PULL |= {"POWER_HOST_KEY": f"{other.get_name()} {other.get_base64()}"}
    assert pull(now).problem == "the server shows another key than the pinned one"
    settings.FEED_PULL |= {"POWER_HOST_KEY": "ssh-ed25519 nonsense"}
    assert pull(now).problem == "the pinned host key cannot be read"
    assert not Delivery.objects.exists()


def test_a_wrong_password_is_a_problem_in_words_without_the_password(server, now, settings):
    settings.FEED_PULL |= {"POWER_PASSWORD": "another-one"}
    problem = pull(now).problem
    assert problem == "the server refuses our key or password"


def test_a_key_opens_as_well(tmp_path, home, now, settings):
    key = paramiko.ECDSAKey.generate(bits=256)
    key.write_private_key_file(str(tmp_path / "id"))
    (tmp_path / "out").mkdir()
    with sftp_server(tmp_path, client_key=key) as running:
        settings.FEED_PULL = {
            "POWER": f"sftp://{USER}@127.0.0.1:{running.port}/out/*.csv",
            "POWER_KEY_FILE": str(tmp_path / "id"),
            "POWER_HOST_KEY": running.host_key,
        }
        put(running)
        assert len(pull(now).deliveries) == 1


def test_a_folder_that_is_not_there_and_a_server_that_is_gone(server, now, settings):
    settings.FEED_PULL |= {"POWER": f"sftp://{USER}@127.0.0.1:{server.port}/none/*.csv"}
    assert pull(now).problem.startswith("cannot list the folder")
    settings.FEED_PULL |= {"POWER": f"sftp://{USER}@127.0.0.1:1/out/*.csv"}
    assert pull(now).problem.startswith("cannot connect")


def test_a_file_beyond_the_limit_is_read_no_further_and_refused(server, home, now, monkeypatch):
    monkeypatch.setattr(sftp, "MAX_FILE", 100)
    put(server)
    delivery = pull(now).deliveries[0]
    assert delivery.rows < 24  # 101 bytes of it
    assert pull(now).deliveries == []


def test_two_workers_do_not_fetch_one_feed_at_once(server, home, now):
    from django.db import connections

    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended('monitoring.pull:power', 0))")
        assert pull(now).problem == "somebody else is fetching this feed"
    finally:
        other.close()


# ── HTTP ─────────────────────────────────────────────────────────────────────
def test_a_file_is_fetched_over_http_once_per_version(web, home, now):
    web.files["/power.csv"] = (200, {"ETag": '"one"'}, csv(day_rows("M-1")))
    assert pull(now).deliveries[0].accepted == 24
    assert pull(now).deliveries == []
    web.files["/power.csv"] = (200, {"ETag": '"two"'}, csv(day_rows("M-1", kwh=0.7)))
    assert pull(now).deliveries[0].corrected == 24


def test_without_any_mark_the_content_tells_the_version(web, home, now):
    web.files["/power.csv"] = (200, {}, csv(day_rows("M-1")))
    assert [len(pull(now).deliveries) for _ in range(2)] == [1, 0]


def test_the_day_in_the_path_is_today_and_three_days_back(web, home, now, settings):
    settings.FEED_PULL = {"POWER": f"http://127.0.0.1:{web.port}/out/{{day}}.csv?x=1"}
    web.files["/out/2026-06-30.csv?x=1"] = (200, {}, csv(day_rows("M-1")))
    result = pull(now)
    assert result.problem == ""
    assert [delivery.filename for delivery in result.deliveries] == ["2026-06-30.csv"]
    assert [path for path, _headers in web.asked] == [
        f"/out/2026-0{day}.csv?x=1" for day in ("6-28", "6-29", "6-30", "7-01")
    ]


@pytest.mark.parametrize(
    ("extra", "url", "header"),
    [
        ({"POWER_TOKEN": "t-1"}, "http://127.0.0.1:{}/power.csv", "Bearer t-1"),
        ({"POWER_PASSWORD": "pw"}, "http://kim@127.0.0.1:{}/power.csv", "Basic a2ltOnB3"),
    ],
)
def test_credentials_go_into_the_header(web, now, settings, extra, url, header):
    settings.FEED_PULL = {"POWER": url.format(web.port), **extra}
    pull(now)
    assert web.asked[0][1]["Authorization"] == header


def test_no_redirect_is_followed(web, now):
    web.files["/power.csv"] = (302, {"Location": f"http://127.0.0.1:{web.port}/other"}, b"")
    assert pull(now).problem == "the server answers 302"
    assert len(web.asked) == 1


def test_a_connection_that_breaks_off_counts_as_not_fetched(web, home, now):
    body = csv(day_rows("M-1"))
    web.files["/power.csv"] = (200, {"Content-Length": str(len(body) + 5)}, body)
    assert pull(now).problem.startswith(("the connection broke", "cannot fetch"))
    assert not Delivery.objects.exists()


def test_a_large_file_is_read_no_further_than_the_door_takes(web, home, now, monkeypatch):
    monkeypatch.setattr(http, "MAX_FILE", 100)
    web.files["/power.csv"] = (200, {"ETag": '"one"'}, csv(day_rows("M-1")))
    assert pull(now).deliveries[0].rows < 24


@pytest.mark.parametrize(
    "power",
    [
        {"POWER": "http://127.0.0.1:1/전력.csv"},
        {"POWER": "http://127.0.0.1:1/power.csv", "POWER_TOKEN": "hu\nsh"},
        {"POWER": "http://files.example.kr/power.csv", "POWER_TOKEN": "hush"},
        {
            "POWER": "sftp://portal@127.0.0.1:1/out/*.csv",
            "POWER_PASSWORD": "hush",
            "POWER_HOST_KEY": "ssh-nothing AAAA",
        },
    ],
)
def test_a_source_that_cannot_be_asked_stops_only_itself(web, home, now, settings, power):
    settings.FEED_PULL = power | {"APP": settings.FEED_PULL["POWER"].replace("power", "app")}
    results = pulling.pull(now=now)
    assert [one.feed for one in results] == ["power", "app"]
    assert [path for path, _headers in web.asked] == ["/app.csv"]
    assert results[0].problem
    assert "hu" not in results[0].problem


def test_a_file_that_the_door_fails_at_keeps_no_other_waiting(server, home, now, monkeypatch):
    real = pulling.intake.deliver

    def fails_at_one(**what):
        if what["filename"] == "a.csv":
            raise ZeroDivisionError
        return real(**what)

    put(server)
    put(server, "b.csv", changed=1_780_000_100)
    monkeypatch.setattr(pulling.intake, "deliver", fails_at_one)
    result = pull(now)
    assert [one.filename for one in result.deliveries] == ["b.csv"]
    assert "ZeroDivisionError" in result.problem


# ── configuration ────────────────────────────────────────────────────────────
SFTP = {
    "POWER": "sftp://portal@files.example.kr/out/*.csv",
    "POWER_PASSWORD": "hush",
    "POWER_HOST_KEY": "ssh-ed25519 AAAA",
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"POWER": "sftp://portal:hush@files.example.kr/out/*"}, "holds a password"),
        ({"POWER": "ftp://files.example.kr/out"}, "must be sftp://"),
        ({"POWER": "http://files.example.kr/out.csv"}, "must begin with https://"),
        ({"POWER": "https://files.example.kr"}, "must be sftp://"),
        ({"POWER": "sftp://files.example.kr:99999/x"}, "is no address"),
        ({"POWER_HOST_KEY": ""}, "HOST_KEY is missing"),
        ({"POWER_PASSWORD": ""}, "needs a user and"),
        ({"POWER_PASSWROD": "x"}, "FEED_PULL_POWER_PASSWROD is no setting"),
        ({"POWER_TOKEN": "hush\n"}, "FEED_PULL_POWER_TOKEN holds a line break"),
        ({"POWER_TOKEN": "h\x7fush"}, "FEED_PULL_POWER_TOKEN holds a line break"),
        ({"POWER_TOKEN": "열쇠"}, "FEED_PULL_POWER_TOKEN holds a line break"),
    ],
)
def test_what_is_not_safe_is_no_source_and_told_at_start(change, told, settings):
    settings.FEED_PULL = SFTP | change
    *_others, bad = sources.sources()
    assert isinstance(bad, sources.BadSource)
    assert told in str(bad)
    assert "hush" not in str(bad)
    (warning,) = run_checks(tags=["monitoring"])
    assert (warning.id, warning.msg) == ("monitoring.W001", str(bad))


def test_a_source_shows_no_secret():
    (source,) = sources.sources(SFTP | {"POWER_TOKEN": "quiet"})
    assert isinstance(source, sources.Source)
    assert "hush" not in repr(source)
    assert "quiet" not in repr(source)
    assert (source.user, source.port) == ("portal", 22)


def test_the_command(server, home, capsys):
    put(server)
    call_command("pull_feeds")
    assert "power a.csv: 24 rows, 24 accepted" in capsys.readouterr().out


def test_the_command_exits_1_when_a_server_fails_and_2_without_any(settings, now):
    settings.FEED_PULL = {"POWER": "http://127.0.0.1:1/power.csv"}
    with pytest.raises(SystemExit) as ended:
        call_command("pull_feeds")
    assert ended.value.code == 1
    settings.FEED_PULL = {}
    with pytest.raises(CommandError) as refused:
        call_command("pull_feeds")
    assert refused.value.returncode == 2


def test_the_task_asks_each_source_by_itself(web, home, now, settings, monkeypatch):
    settings.FEED_PULL |= {"APP": "http://127.0.0.1:1/app.csv"}
    settings.FEED_PULL |= {"TELECOM": "nonsense"}
    asked: list[str] = []
    monkeypatch.setattr(tasks.pull_feed, "delay", asked.append)
    tasks.pull_feeds()
    assert asked == ["power", "app"]
    tasks.pull_feed("power")
    assert [path for path, _headers in web.asked] == ["/power.csv"]
