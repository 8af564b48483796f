"""The watched folder: a partner (or a person) puts a file down, the portal takes it in.

    <FEED_FOLDER>/<feed>/incoming     put files here
                         processing   claimed; a worker holds the file's lock
                         done         taken in, with <name>.receipt.json
                         refused      could not be read, with <name>.receipt.json

A claim is a rename, so two workers never take one file. The claimed file is locked for as long as
its worker lives: the kernel lets go of the lock of a killed one, and the next pass takes the file
again, which changes nothing that was stored already. A file that is still being written is left
alone: it has a .tmp or .part suffix, or something changed it within SETTLE. Whoever writes more
slowly than that goes on writing into the finished file, which is then taken again: for STAYS no
finished file is deleted.
"""

import errno
import fcntl
import json
import logging
import os
import re
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError

from households.models import Feed
from monitoring import intake
from monitoring.intake.refusals import Refusal, Refused
from monitoring.models import Delivery
from monitoring.models.deliveries import Source

log = logging.getLogger(__name__)

INCOMING, PROCESSING, DONE, REFUSED = "incoming", "processing", "done", "refused"
FOLDERS = (INCOMING, PROCESSING, DONE, REFUSED)
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload")
SETTLE = timedelta(seconds=20)
STAYS = timedelta(minutes=15)  # since its last change
RECEIPTS_KEPT = timedelta(days=30)
MOST_TRIES = 5
# The database is away, the disk is full: no fault of the file, so its tries are not counted.
_LATER = (OperationalError, InterfaceError, OSError, MemoryError)
# What another try by the same worker does not mend, as long as nobody changes the file.
_CLOSED = (errno.EACCES, errno.EPERM, errno.EIO)
_NOT_OPENED = -1
_RECEIPT = ".receipt.json"
_CLAIM = re.compile(r"(?P<tries>\d+)~[0-9a-f]{12}~(?P<name>.+)", re.DOTALL)
# What a file system takes is 255 bytes; a claim and a receipt's ending come on top.
_NAME_BYTES = 180


@dataclass(frozen=True)
class Taken:
    """What became of one file: its delivery, or why there is none (`problem`, English)."""

    feed: str
    name: str
    delivery: Delivery | None
    problem: str = ""


def prepare(root: Path) -> None:
    """Makes the folders of every feed; an installation that mistyped the path learns it here."""
    for feed in Feed.values:
        for name in FOLDERS:
            (root / feed / name).mkdir(parents=True, exist_ok=True)


def watch_once(root: Path, *, now: datetime, settle: timedelta = SETTLE) -> list[Taken]:
    """One pass: everything that lies ready goes through the door. Returns what was taken.

    `now` is programme time, for the receipts. What a file's age is the file system itself tells.
    """
    prepare(root)
    taken: list[Taken] = []
    for feed in Feed.values:
        home = root / feed
        try:
            _claim_ready(home, settle)
            _claim_grown(home, settle)
        except OSError as error:  # a folder that is not ours to write must not stop the others
            log.error("cannot claim files of feed %s: %s", feed, error.strerror)
        claimed = (_take(home, feed, path, now) for path in _files(home / PROCESSING))
        taken += [one for one in claimed if one is not None]
    return taken


def purge(root: Path, *, keep: timedelta) -> int:
    """Delete finished files older than `keep` (at least STAYS) and receipts older than
    RECEIPTS_KEPT; how many.

    A finished file holds readings of people without consent too, so it does not stay for long;
    the portal keeps refused files itself, encrypted.
    """
    gone = 0
    for feed in Feed.values:
        for name in (DONE, REFUSED):
            folder = root / feed / name
            if not folder.is_dir():
                continue
            with _clock_of(folder) as at:
                for path in _files(folder, hidden=True):  # what a killed worker left, too
                    stays = path.name.endswith(_RECEIPT) or path.name.startswith(".")
                    longest = RECEIPTS_KEPT if stays else max(keep, STAYS)
                    if at - _changed(path) >= longest.total_seconds():
                        path.unlink(missing_ok=True)
                        gone += 1
    return gone


# ── incoming → processing ────────────────────────────────────────────────────
def _claim_ready(home: Path, settle: timedelta) -> None:
    incoming = home / INCOMING
    with _clock_of(home / PROCESSING) as at:
        for path in _files(incoming):
            if path.name.lower().endswith(UNFINISHED):
                continue
            if at - _changed(path) >= settle.total_seconds():
                _rename(path, home / PROCESSING / _claim_name(1, path.name))


def _claim_grown(home: Path, settle: timedelta) -> None:
    """Finished files that somebody has written to since, back from `done` and `refused`."""
    with _clock_of(home / PROCESSING) as at:
        for path in [*_files(home / DONE), *_files(home / REFUSED)]:
            if path.name.endswith(_RECEIPT) or at - _changed(path) < settle.total_seconds():
                continue
            taken = _written(path.with_name(path.name + _RECEIPT))
            if taken is not None and _written(path) != taken:
                log.warning("a finished file has changed; it is taken again")
                name = path.name.partition("~")[2] or path.name
                _rename(path, home / PROCESSING / _claim_name(1, name))


def _written(path: Path) -> int | None:
    """When it was last written to, in ns; a receipt bears the time of the file that was taken."""
    try:
        return path.stat(follow_symlinks=False).st_mtime_ns
    except FileNotFoundError:
        return None


def _claim_name(tries: int, name: str) -> str:
    return f"{tries}~{uuid.uuid4().hex[:12]}~{_short(name)}"


def _short(name: str) -> str:
    """The end of a long name, because that tells CSV from gzip; what is not UTF-8 is left out."""
    return os.fsencode(name)[-_NAME_BYTES:].decode(errors="ignore") or "file"


# ── processing → done or refused ─────────────────────────────────────────────
def _take(home: Path, feed: str, path: Path, now: datetime) -> Taken | None:
    """None where another worker has the file, or where it must be tried again later."""
    claim = _CLAIM.fullmatch(path.name)
    name, tries = (claim["name"], int(claim["tries"])) if claim else (path.name, 1)
    with _locked(path) as file:
        if file is None:
            return None
        if file == _NOT_OPENED:
            if tries > MOST_TRIES:
                return _refuse(home, feed, path, name, now, Refusal.NOT_READABLE)
            _rename(path, path.with_name(_claim_name(tries + 1, name)))
            return None
        if tries > MOST_TRIES:
            return _refuse(home, feed, path, name, now, Refusal.NOT_TAKEN)
        # Counted before the work: whoever dies of this file leaves the count behind.
        held = path.with_name(_claim_name(tries + 1, name))
        return _take_held(home, feed, held, file, tries, now) if _rename(path, held) else None


def _take_held(
    home: Path, feed: str, held: Path, file: int, tries: int, now: datetime
) -> Taken | None:
    """A file that is open, locked and counted: `tries` before this one."""
    name = held.name.split("~", 2)[2]
    before = os.fstat(file)
    taken = _deliver(held, feed, name, now)
    if isinstance(taken, Exception):
        counted = not isinstance(taken, _LATER)
        _rename(held, held.with_name(_claim_name(tries + counted, name)))
        return None
    if _was_written(before, os.fstat(file)):
        log.warning("a file of feed %s changed while it was taken in; it is taken again", feed)
        _rename(held, held.with_name(_claim_name(1, name)))
        return taken
    refused = taken.delivery is None or taken.delivery.refused
    finished = _finish(home, REFUSED if refused else DONE, held, taken, before.st_mtime_ns)
    if finished is None:
        _rename(held, held.with_name(_claim_name(tries, name)))
    return finished


_WHY = {
    Refusal.NOT_READABLE: "the file cannot be opened: its permissions do not let the portal read",
    Refusal.NOT_TAKEN: f"taking this file ended the worker {MOST_TRIES} times",
}


def _refuse(
    home: Path, feed: str, path: Path, name: str, now: datetime, why: Refusal
) -> Taken | None:
    """Given up, with a receipt that the county sees. None where that must wait, too."""
    log.error("a file of feed %s is refused: %s", feed, _WHY[why])
    try:
        delivery = intake.write_untaken(
            feed=feed,
            filename=name,
            source=Source.FOLDER.value,
            refused=Refused(why, _WHY[why]),
            now=now,
        )
    except (OperationalError, InterfaceError) as error:
        log.error("a file of feed %s waits: %s", feed, type(error).__name__)
        return None
    taken = Taken(feed, name, delivery, delivery.refusal_detail)
    return _finish(home, REFUSED, path, taken, _written(path) or 0)


def _deliver(path: Path, feed: str, name: str, now: datetime) -> Taken | Exception:
    """The file through the door; the error where it must be tried again."""
    try:
        delivery = intake.deliver(
            feed=feed, content=path, filename=name, source=Source.FOLDER, now=now
        )
    except intake.FeedNotAccepted as refusal:
        return Taken(feed, name, None, str(refusal))
    except Exception as error:  # noqa: BLE001 - one file must not keep the others waiting
        log.error("a file of feed %s waits: %s", feed, type(error).__name__)
        return error
    return Taken(feed, name, delivery, delivery.refusal_detail)


def _was_written(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)


def _finish(home: Path, folder: str, path: Path, taken: Taken, written: int) -> Taken | None:
    """Receipt first: a file in `done` always has one. None where there is no room for it.

    `written`: the time (ns) of the file as it was taken, which the receipt bears too.
    """
    unique = taken.delivery.number.lower() if taken.delivery else uuid.uuid4().hex[:8]
    target = home / folder / f"{unique}~{_short(taken.name)}"
    receipt: dict[str, Any] = (
        taken.delivery.receipt() if taken.delivery else {"feed": taken.feed, "code": "not_taken"}
    )
    if taken.problem:
        receipt["refused"] = taken.problem
    staged = target.with_name(f".{target.name}{_RECEIPT}")
    try:
        staged.write_text(json.dumps(receipt, ensure_ascii=False, indent=1), encoding="utf-8")
        os.utime(staged, ns=(written, written))
        staged.replace(target.with_name(target.name + _RECEIPT))
        _rename(path, target)
    except OSError as error:
        log.error("a file of feed %s waits for its receipt: %s", taken.feed, error.strerror)
        return None
    return taken


# ── the file system ──────────────────────────────────────────────────────────
def _files(folder: Path, *, hidden: bool = False) -> Iterator[Path]:
    """Plain files, the oldest first; no links (they may lead anywhere)."""
    found = []
    for entry in os.scandir(folder):
        if not entry.is_file(follow_symlinks=False):
            continue
        if entry.name.startswith(".") and not hidden:
            continue
        try:
            found.append((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
        except FileNotFoundError:
            continue
    return iter([folder / name for _age, name in sorted(found)])


def _changed(path: Path) -> float:
    """When the file was last touched in any way, in seconds. Unlike the time of writing nobody can
    set it back: a copy that keeps its old date is as new as it is. Gone: now."""
    try:
        return path.stat(follow_symlinks=False).st_ctime
    except FileNotFoundError:
        return float("inf")


@contextmanager
def _clock_of(folder: Path) -> Iterator[float]:
    """What time it is where the files lie; a file server's clock is not ours."""
    probe = folder / f".clock-{uuid.uuid4().hex}"
    probe.touch()
    try:
        yield probe.stat().st_ctime
    finally:
        probe.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[int | None]:
    """The open file, locked; None where another worker has it or it went elsewhere meanwhile,
    _NOT_OPENED where we may not read it."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        log.warning("cannot open a claimed file: %s", error.strerror)
        yield _NOT_OPENED if error.errno in _CLOSED else None
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        still_here = os.stat(path, follow_symlinks=False)
        ours = os.fstat(file)
        same = (still_here.st_ino, still_here.st_dev) == (ours.st_ino, ours.st_dev)
    except OSError:  # held by another, or moved on
        os.close(file)
        yield None
        return
    try:
        yield file if same and stat.S_ISREG(ours.st_mode) else None
    finally:
        os.close(file)


def _rename(path: Path, target: Path) -> bool:
    try:
        path.rename(target)
    except FileNotFoundError:
        return False
    return True
