"""The engine: looks for what is due and does it. The database is the queue; Celery only wakes it.

Any number of workers may sweep at once, on any number of hosts, and any of them may die anywhere.
"""

from dispatch.engine.sweeping import PartReport, SweepReport, sweep
from dispatch.waking import wake

__all__ = ["PartReport", "SweepReport", "sweep", "wake"]
