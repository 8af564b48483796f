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
    """The environment describes no source. The message names the variable and holds no secret."""


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


def sources(variables: Mapping[str, str] | None = None) -> list[Source]:
    """Every configured source. Raises BadSource for one that cannot be used safely."""
    named = settings.FEED_PULL if variables is None else variables
    known = {feed.upper(): feed for feed in Feed.values}
    allowed = set(known) | {f"{name}_{part}" for name in known for part in _PARTS}
    if strangers := sorted(set(named) - allowed):
        raise BadSource(f"FEED_PULL_{strangers[0]} is no setting of this portal")
    return [_source(known[name], name, named) for name in known if named.get(name)]


def _source(feed: str, name: str, named: Mapping[str, str]) -> Source:
    variable = f"FEED_PULL_{name}"
    try:
        url = urlsplit(named[name])
        port = url.port
    except ValueError:
        raise BadSource(f"{variable} is no address") from None
    if url.scheme not in _PORTS or not url.hostname or len(url.path) < 2:
        raise BadSource(f"{variable} must be sftp://user@host/path or https://host/path")
    if url.password:
        raise BadSource(f"{variable} holds a password; put it into {variable}_PASSWORD")
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
    if source.scheme == "sftp":
        if not source.host_key:
            raise BadSource(f"{variable}_HOST_KEY is missing: the server's public key")
        if not source.user or not (source.password or source.key_file):
            raise BadSource(f"{variable} needs a user and {variable}_KEY_FILE or _PASSWORD")
    elif source.scheme == "http" and not is_loopback(source.host):
        raise BadSource(f"{variable} must begin with https://")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
