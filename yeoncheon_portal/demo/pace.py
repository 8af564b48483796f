"""How fast the demo runs: one of three ways, kept in Redis so that every process sees it.

"": as the clock's row says (1× or 60×). "signal": fast until the next signal.
"""

from django.core.cache import cache

from accounts import clock

NORMAL, QUICK = 1.0, 60.0
FAST = 900.0  # an hour in four seconds, and a few more while its file is delivered and scored
WHILE_RINGING = 10.0  # a ring of 30 s is seen for three
UNTIL_SIGNAL = "signal"
_KEY = "demo:fast-until"


def mode() -> str:
    return str(cache.get(_KEY, ""))


def run_until(what: str) -> None:
    """Fast until a signal; the feed process sets the speed."""
    cache.set(_KEY, what, None)


def run_at(speed: float) -> None:
    cache.set(_KEY, "", None)
    clock.set_demo(speed=speed)
