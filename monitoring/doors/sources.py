"""Where to fetch from, as the environment says it (settings.FEED_PULL, .env.example).

    FEED_PULL_POWER=sftp://portal@files.example.kr:22/out/*.csv.gz
    FEED_PULL_POWER_HOST_KEY=ssh-ed25519 AAAA…
    FEED_PULL_POWER_KEY_FILE=…  or  FEED_PULL_POWER_PASSWORD=…

    FEED_PULL_APP=https://care.example.kr/export/{day}.csv
    FEED_PULL_APP_TOKEN=…       or  a user in the address and FEED_PULL_APP_PASSWORD=…

Secrets stand in variables of their own, never in the address, so that the address may be shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urlsplit

from django.conf import settings

from households.models import Feed

_PARTS = ("PASSWORD", "TOKEN", "KEY_FILE", "HOST_KEY", "CA_FILE")
_PORTS = {"sftp": 22, "https": 443, "http": 80}


class BadSource(ValueError):
    """The environment describes no source. The message names the variable and holds no secret;
    `feed` is "" where the variable is of none."""

    def __init__(self, message: str, feed: str = "") -> None:
        super().__init__(message)
        self.feed = feed


@dataclass(frozen=True)
class Source:
    """One place to fetch one feed from. `repr` shows no secret."""

    feed: str
    scheme: str  # sftp, https or http
    host: str
    port: int
    user: str
    path: str  # as written: a file pattern (sftp) or a path with an optional {day} (http)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    key_file: str = ""
    host_key: str = ""
    ca_file: str = ""


def sources(variables: Mapping[str, str] | None = None) -> "list[Source | BadSource]":
    """Every configured source, and in its place why one cannot be used safely: a slip of the pen
    in one variable keeps no other feed from being fetched."""
    named = settings.FEED_PULL if variables is None else variables
    known = {feed.upper(): feed for feed in Feed.values}
    allowed = set(known) | {f"{name}_{part}" for name in known for part in _PARTS}
    found: list[Source | BadSource] = []
    for name, feed in known.items():
        if named.get(name):
            try:
                found.append(_source(feed, name, named))
            except BadSource as bad:
                found.append(bad)
    strangers = sorted(set(named) - allowed)
    found += [BadSource(f"FEED_PULL_{name} is no setting of this portal") for name in strangers]
    return found


def _source(feed: str, name: str, named: Mapping[str, str]) -> Source:
    variable = f"FEED_PULL_{name}"
    try:
        url = urlsplit(named[name])
        port = url.port
    except ValueError:
        raise BadSource(f"{variable} is no address", feed) from None
    if url.scheme not in _PORTS or not url.hostname or len(url.path) < 2:
        raise BadSource(f"{variable} must be sftp://user@host/path or https://host/path", feed)
    if url.password:
        raise BadSource(f"{variable} holds a password; put it into {variable}_PASSWORD", feed)
    found = Source(
        feed=feed,
        scheme=url.scheme,
        host=url.hostname,
        port=port or _PORTS[url.scheme],
        user=unquote(url.username or ""),
        path=_path(url),
        **{part.lower(): named.get(f"{name}_{part}", "") for part in _PARTS},
    )
    _must_be_safe(found, variable)
    return found


def _path(url: SplitResult) -> str:
    """A file name may hold what an address writes as %EA; a request's path is written so."""
    if url.scheme == "sftp":
        return unquote(url.path)
    path = f"{url.path}?{url.query}" if url.query else url.path
    return "".join(one if one.isascii() else quote(one) for one in path)


def _must_be_safe(source: Source, variable: str) -> None:
    problem = _problem(source, variable)
    if problem:
        raise BadSource(problem, source.feed)


def _problem(source: Source, variable: str) -> str:
    """What is not safe about it; "" when all is well."""
    if not (source.token.isascii() and source.token.isprintable()):
        return f"{variable}_TOKEN holds a line break or another letter that no token has"
    if source.scheme == "sftp":
        if not source.host_key:
            return f"{variable}_HOST_KEY is missing: the server's public key"
        if not source.user or not (source.password or source.key_file):
            return f"{variable} needs a user and {variable}_KEY_FILE or _PASSWORD"
    elif source.scheme == "http" and not is_loopback(source.host):
        return f"{variable} must begin with https://"
    return ""


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
