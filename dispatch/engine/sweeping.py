"""One pass: bounded, timed, isolated parts. A part that fails does not stop the others."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from time import monotonic

from accounts.county_settings import remembered
from dispatch import auditor, heartbeat
from dispatch.engine import chain, due, gates, on_road, pace, reconcile, silences, steps
from dispatch.engine.tally import Tally, fault, moment


@dataclass(frozen=True)
class PartReport:
    """What one part did. `lag_s`: how late the latest of its rows was, in seconds of programme
    time; `seconds`: how long it took; `fault`: the class of the exception that stopped it."""

    name: str
    count: int
    lag_s: float
    seconds: float
    fault: str = ""


@dataclass(frozen=True)
class SweepReport:
    at: datetime
    parts: list[PartReport] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not any(part.fault for part in self.parts)

    @property
    def seconds(self) -> float:
        return sum(part.seconds for part in self.parts)

    def part(self, name: str) -> PartReport:
        """The report of one part; KeyError for a name that is none."""
        return {part.name: part for part in self.parts}[name]

    def as_json(self) -> list[dict[str, object]]:
        return [asdict(part) for part in self.parts]


Part = Callable[[datetime], Tally]


def waits(now: datetime) -> Tally:
    """Whoever waits long for the line has it written into the log."""
    return Tally(count=pace.tell_waiting(now))


def auditing(now: datetime) -> Tally:
    """What the engine did not do, by a query that knows nothing of the engine."""
    auditor.look(now=now)
    return Tally()


# In this order: what must be known before something is decided comes first.
PARTS: tuple[tuple[str, Part], ...] = (
    ("feed_gates", gates.pass_through),
    ("signals", silences.join_signals),
    ("silences", silences.open_cases),
    ("calls", reconcile.check_calls),
    ("staff_checks", chain.check_staff_calls),
    ("leases", due.expire_leases),
    ("desk_steps", steps.to_desk),
    ("staff_calls", chain.ring_staff),
    ("call_steps", steps.place_calls),
    ("waits", waits),
    ("lost_steps", steps.recover),
    ("unanswered_visits", on_road.pass_on),
    ("reminders", due.remind),
    ("neighbours", on_road.send_asks),
    ("re_checks", gates.re_check),
    ("audit", auditing),
)


def sweep(*, now: datetime) -> SweepReport:
    """Do everything that is due at `now` (programme time), within the bounds of each part, and
    leave a pulse. Never raises for a failing part: it is in the report and in the pulse. A part
    behind one that hung at the company is told the time it has become."""
    begun = monotonic()
    with remembered():
        parts = [_run(name, part, moment(now, begun)) for name, part in PARTS]
    report = SweepReport(at=now, parts=parts)
    try:
        heartbeat.beat(now=now, seconds=report.seconds, clean=report.clean, parts=report.as_json())
    except Exception as error:  # noqa: BLE001 - the pulse of a dead database; its absence tells
        fault("pulse", error)
    return report


def _run(name: str, part: Part, now: datetime) -> PartReport:
    started = monotonic()
    try:
        tally = part(now)
    except Exception as error:  # noqa: BLE001 - one part must never stop the others
        tally = Tally(fault=fault(name, error))
    seconds = round(monotonic() - started, 4)
    return PartReport(name, tally.count, tally.lag_s, seconds, tally.fault)
