"""Fetching from a partner's SFTP server. The server is known by its key, pinned beforehand."""

import logging
import posixpath
import stat
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from fnmatch import fnmatchcase
from time import sleep
from typing import BinaryIO

import paramiko

from monitoring.doors.folder import UNFINISHED
from monitoring.doors.remote import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    PIECE,
    FetchFailed,
    Remote,
    copy,
)
from monitoring.doors.sources import Source
from monitoring.intake.parse import MAX_FILE

# A file that grows is left for the next time: two looks, so far apart.
SETTLE_SECONDS = 2.0

logging.getLogger("paramiko").setLevel(logging.WARNING)  # at INFO it writes user names

_ERRORS = (paramiko.SSHException, EOFError, OSError)


class SftpServer:
    def __init__(self, client: paramiko.SFTPClient, pattern: str) -> None:
        self._client = client
        self._folder, self._pattern = posixpath.split(pattern)

    def listing(self) -> list[Remote]:
        try:
            first = self._look()
            if first:
                sleep(SETTLE_SECONDS)
            second = self._look() if first else {}
        except _ERRORS as error:
            raise FetchFailed(f"cannot list the folder: {_said(error)}") from error
        steady = [name for name, state in second.items() if first.get(name) == state]
        steady.sort(key=lambda name: (second[name][1], name))
        return [
            Remote(posixpath.join(self._folder, name), name, _fingerprint(*second[name]))
            for name in steady
        ]

    def fetch(self, remote: Remote, *, known: frozenset[str], into: BinaryIO) -> Remote | None:
        if remote.fingerprint in known:
            return None
        try:
            with self._client.open(remote.path, "rb", bufsize=PIECE) as file:
                copy(file.read, into, most=MAX_FILE + 1)
            now = self._client.stat(remote.path)
        except FileNotFoundError:
            return None
        except _ERRORS as error:
            raise FetchFailed(f"cannot read a file: {_said(error)}") from error
        if _fingerprint(now.st_size or 0, now.st_mtime or 0) != remote.fingerprint:
            return None  # written to while it was read
        return remote

    def _look(self) -> dict[str, tuple[int, int]]:
        """{name: (bytes, time of change)} of plain files that match."""
        return {
            entry.filename: (entry.st_size or 0, int(entry.st_mtime or 0))
            for entry in self._client.listdir_attr(self._folder)
            if stat.S_ISREG(entry.st_mode or 0)
            and fnmatchcase(entry.filename, self._pattern)
            and not entry.filename.lower().endswith(UNFINISHED)
            and not entry.filename.startswith(".")
        }


@contextmanager
def connect(source: Source, today: date) -> Iterator[SftpServer]:
    """A signed-in connection; closed at the end. Raises FetchFailed, also for a foreign key."""
    ssh = paramiko.SSHClient()
    key = pinned_key(source.host_key)
    # paramiko looks a port other than 22 up in brackets, as OpenSSH does.
    name = source.host if source.port == 22 else f"[{source.host}]:{source.port}"
    ssh.get_host_keys().add(name, key.get_name(), key)
    ssh.set_missing_host_key_policy(paramiko.RejectPolicy())
    try:
        try:
            ssh.connect(
                source.host,
                port=source.port,
                username=source.user,
                password=source.password or None,
                key_filename=source.key_file or None,
                allow_agent=False,
                look_for_keys=False,
                timeout=CONNECT_SECONDS,
                banner_timeout=CONNECT_SECONDS,
                auth_timeout=CONNECT_SECONDS,
                channel_timeout=CONNECT_SECONDS,
            )
            client = ssh.open_sftp()
        except paramiko.BadHostKeyException as error:
            raise FetchFailed("the server shows another key than the pinned one") from error
        except paramiko.AuthenticationException as error:
            raise FetchFailed("the server refuses our key or password") from error
        except _ERRORS as error:
            raise FetchFailed(f"cannot connect: {_said(error)}") from error
        channel = client.get_channel()
        if channel is not None:
            channel.settimeout(ANSWER_SECONDS)
        yield SftpServer(client, source.path)
    finally:
        ssh.close()


def pinned_key(text: str) -> paramiko.PKey:
    """`ssh-ed25519 AAAA…` as in known_hosts or ssh-keyscan. Raises FetchFailed."""
    try:
        kind, packed = text.split()[:2]
        return paramiko.PKey.from_type_string(kind, b64decode(packed, validate=True))
    except (ValueError, paramiko.SSHException, KeyError) as error:
        raise FetchFailed("the pinned host key cannot be read") from error


def _fingerprint(size: int, changed: int) -> str:
    return f"{int(size)}-{int(changed)}"


def _said(error: BaseException) -> str:
    """The kind of error; its words may hold a name of the other side."""
    return getattr(error, "strerror", None) or type(error).__name__
