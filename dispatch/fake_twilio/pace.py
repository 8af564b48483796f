"""How fast the company's time passes.

Ringing lasts `Timeout` seconds of *programme* time. In the demo the programme's clock may run
60 times as fast as the wall's, in tests a thousand times; outside both are the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


def real_speed() -> float:
    return 1.0


@dataclass(frozen=True)
class Pace:
    """`now` stamps calls and messages; `speed` is programme seconds per real second.

    ring_floor: real seconds a phone rings at least, so that a person at the page can see it even
        when the clock runs fast.
    patience: real seconds a call answered by hand waits at a question; a newcomer needs longer
        than the eight seconds of a Gather, and the clock may run fast meanwhile.
    seconds_per_letter: programme seconds it takes to say one letter.
    """

    now: Callable[[], datetime]
    speed: Callable[[], float] = real_speed
    ring_floor: float = 0.0
    patience: float = 0.0
    seconds_per_letter: float = 0.0
