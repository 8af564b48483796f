"""What every benchmark shares: interleaved runs, medians, ratios, memory."""

import resource
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

RUNS = 3
Work = Callable[[], Any]


class NotVerified(Exception):
    """A benchmark's result is not what it should be; its times would say nothing."""


def interleaved(work: Mapping[str, Work], *, runs: int = RUNS) -> dict[str, float]:
    """{name: median seconds} of `runs` rounds, each of which does every work once.

    Interleaved, because a shared machine is slow by the minute: neighbours are slow together.
    """
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(runs):
        for name, do in work.items():
            seconds[name].append(timed(do))
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def timed(do: Work) -> float:
    """Seconds that `do` takes."""
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def result(
    name: str,
    *,
    households: int,
    rows: int,
    seconds: float,
    limit: float,
    yardstick: float | None = None,
    peer: float | None = None,
    peer_households: int | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The JSON of a benchmark that has checked its result.

    `peer`: seconds scaled to `households` where it ran on fewer (`peer_households`).
    """
    found: dict[str, Any] = {
        "name": name,
        "households": households,
        "rows": rows,
        "seconds": round(seconds, 3),
        "limit_seconds": round(limit, 3),
        "ratio_to_limit": round(limit / seconds, 3),
    }
    if yardstick is not None:
        found["yardstick_seconds"] = round(yardstick, 3)
        found["ratio_to_yardstick"] = round(yardstick / seconds, 3)
    if peer is not None:
        found["peer_seconds"] = round(peer, 3)
        found["speedup_over_peer"] = round(peer / seconds, 1)
    if peer_households is not None:
        found["peer_households"] = peer_households
    return found | more | {"peak_mb": peak_mb(), "verified": True}


def verify(holds: bool, what: str) -> None:
    """Raises NotVerified unless it `holds`."""
    if not holds:
        raise NotVerified(what)


def peak_mb() -> int:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
