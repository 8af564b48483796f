"""Fetching a file over HTTPS (plain HTTP from this machine only), with the standard library.

The path may hold `{day}`: the file of today and of the days before it, so that one that came late
is fetched too. No redirect is followed: it could lead to another host with our key.
"""

import hashlib
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import BinaryIO
from urllib.parse import urlsplit

from monitoring.doors.remote import (
    ANSWER_SECONDS,
    FetchFailed,
    Remote,
    copy,
)
from monitoring.doors.sources import Source
from monitoring.intake.parse import MAX_FILE

DAYS_BACK = 3
_DAY = "{day}"
_GONE = (404, 410)


class HttpServer:
    def __init__(self, source: Source, today: date) -> None:
        self._source, self._today = source, today

    def listing(self) -> list[Remote]:
        path = self._source.path
        if _DAY not in path:
            return [_remote(path)]
        days = (self._today - timedelta(days=back) for back in range(DAYS_BACK, -1, -1))
        return [_remote(path.replace(_DAY, day.isoformat())) for day in days]

    def fetch(self, remote: Remote, *, known: frozenset[str], into: BinaryIO) -> Remote | None:
        connection = _connection(self._source)
        try:
            connection.request("GET", remote.path, headers=_headers(self._source))
            answer = connection.getresponse()
            if answer.status in _GONE:
                return None
            if answer.status != 200:
                raise FetchFailed(f"the server answers {answer.status}")
            mark = _mark(answer)
            if mark and mark in known:
                return None
            digest = _save(answer, into)
        except (HTTPException, OSError) as error:
            said = getattr(error, "strerror", None) or type(error).__name__
            raise FetchFailed(f"cannot fetch: {said}") from error
        finally:
            connection.close()
        mark = mark or f"sha-{digest[:40]}"
        return None if mark in known else Remote(remote.path, remote.name, mark)


@contextmanager
def connect(source: Source, today: date) -> Iterator[HttpServer]:
    yield HttpServer(source, today)


def _connection(source: Source) -> HTTPConnection:
    if source.scheme == "http":
        return HTTPConnection(source.host, source.port, timeout=ANSWER_SECONDS)
    try:
        context = ssl.create_default_context(cafile=source.ca_file or None)
    except OSError as error:
        raise FetchFailed("the CA file cannot be read") from error
    return HTTPSConnection(source.host, source.port, timeout=ANSWER_SECONDS, context=context)


def _headers(source: Source) -> dict[str, str]:
    headers = {"Accept": "text/csv, application/gzip, */*", "Accept-Encoding": "identity"}
    if source.token:
        headers["Authorization"] = f"Bearer {source.token}"
    elif source.user:
        pair = b64encode(f"{source.user}:{source.password}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    return headers


def _mark(answer: HTTPResponse) -> str:
    """What tells one version from another: the server's ETag, or its date and size."""
    tag, changed = answer.getheader("ETag"), answer.getheader("Last-Modified")
    told = tag or (changed and f"{changed} {answer.getheader('Content-Length')}")
    return f"tag-{hashlib.sha256(told.encode()).hexdigest()[:40]}" if told else ""


def _save(answer: HTTPResponse, into: BinaryIO) -> str:
    """Writes the body; its SHA-256."""
    digest = hashlib.sha256()

    def read(size: int) -> bytes:
        piece = answer.read(size)
        digest.update(piece)
        return piece

    # read(n) ends quietly where the connection broke; half a file must not count as fetched.
    if copy(read, into, most=MAX_FILE + 1) and answer.length:
        raise FetchFailed("the connection broke in the middle of the file")
    return digest.hexdigest()


def _remote(path: str) -> Remote:
    return Remote(path, urlsplit(path).path.rpartition("/")[2], "")
