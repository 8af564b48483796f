"""What the demo tells: which households get into trouble, and how fast time passes until then.

The story is a small JSON file beside the demo's data. It says which day the county's history ends,
which hour was delivered last and which emergencies there are, so that a demo that was stopped, or
killed, goes on where it was: programme time continues after the last delivered hour.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from .county import SEOUL, Plan
from .life import QUIET, STUCK_ON, Emergency, PowerCut
from .partner_files import APP, POWER, TELECOM, LateFile
from .residents import make_habits
from .world import County, Swap

HOUR = timedelta(hours=1)
SEED = 20260701
STAYS_DOWN = timedelta(days=5)
LATER = timedelta(hours=16)
LAIN = timedelta(hours=8)  # before the last hour of the history
CAST = 24  # households that may fall into trouble, one start of the demo after the other
NEWCOMERS, NEWCOMER_FOR = 8, timedelta(days=20)
CUT_TOWNSHIP, LATE_TOWNSHIP = "4180036000", "4180033000"
METER_SWAPPED, PHONE_SWAPPED = timedelta(days=30), timedelta(days=1)  # before the first day


@dataclass
class Story:
    """Local times are naive Seoul times, as in the partner's files.

    today: the first day after the history. delivered: the last hour that was delivered (its
    start), None while the history is all there is. opened: the last hour that was delivered when
    somebody could sign in for the first time; what a newcomer is to see follows from it.
    """

    today: str
    households: int = 200
    history_days: int = 90
    seed: int = SEED
    delivered: str | None = None
    opened: str | None = None
    emergencies: list[dict[str, object]] = field(default_factory=list)
    without_emergencies: bool = False

    @classmethod
    def load(cls, file: Path) -> "Story | None":
        return cls(**json.loads(file.read_text())) if file.exists() else None

    def save(self, file: Path) -> None:
        """Replaces the file as a whole: a crash leaves the old one or the new one."""
        staged = file.with_suffix(".new")
        staged.write_text(json.dumps(asdict(self), indent=1))
        os.replace(staged, file)

    @property
    def first_day(self) -> date:
        return date.fromisoformat(self.today)

    @property
    def last_hour(self) -> datetime:
        """The last delivered hour; before the first one the last hour of the history."""
        if self.delivered is not None:
            return datetime.fromisoformat(self.delivered)
        return datetime.combine(self.first_day, datetime.min.time()) - HOUR

    def now_after(self, hour: datetime) -> datetime:
        """When the file of that hour is there: five minutes after its end, aware."""
        return (hour + HOUR + timedelta(minutes=5)).replace(tzinfo=SEOUL)

    def troubled(self) -> frozenset[int]:
        """Households that are down at some time of this story and were not found well."""
        down = [item for item in self.emergencies if not item.get("well")]
        return frozenset(int(str(item["index"])) for item in down)

    def let_live(self, seen: Iterable[tuple[int, datetime]]) -> set[int]:
        """Ends the trouble of residents whom somebody saw or heard well at that local time: from
        that hour on they live as before. Returns whose trouble this has ended."""
        risen = set()
        for index, at in seen:
            for item in self.emergencies:
                begin, until = (datetime.fromisoformat(str(item[key])) for key in ("at", "until"))
                if item["index"] == index and begin <= at < until:
                    hour = at.replace(minute=0, second=0, microsecond=0)
                    item["until"], item["well"] = max(begin, hour).isoformat(), True
                    risen.add(index)
        return risen

    def county(self) -> County:
        return County(
            households=self.households,
            seed=self.seed,
            year=self.first_day.year,
            emergencies=tuple(_emergency(item) for item in self.emergencies),
            cuts=self._cuts(),
            calm=frozenset(cast(self.households, self.seed)),
            newcomers=self._newcomers(),
            swaps=swaps(self.households, self.seed, self.first_day, self.history_days),
        )

    def _newcomers(self) -> dict[int, date]:
        """Some households came late and are still learning."""
        since = self.first_day - min(NEWCOMER_FOR, timedelta(days=self.history_days))
        return {self.households - 1 - n: since for n in range(_newcomers(self.households))}

    def plan(self) -> Plan:
        return Plan(self.county(), self.first_day, self.history_days)

    def _cuts(self) -> tuple[PowerCut, ...]:
        """One in the history, one in the second week, and one in the first hour that a newcomer
        sees pass: the view of incidents has something to show."""
        first = datetime.combine(self.first_day, datetime.min.time())
        cuts = [
            PowerCut(CUT_TOWNSHIP, first - timedelta(days=17, hours=-4), 3),
            PowerCut(CUT_TOWNSHIP, first + timedelta(days=9, hours=11), 2),
        ]
        if self.opened is not None:
            cuts.append(PowerCut(CUT_TOWNSHIP, datetime.fromisoformat(self.opened) + HOUR, 3))
        return tuple(cuts)

    def late_files(self) -> tuple[LateFile, ...]:
        """On the fourth morning a township's meters come four hours late, and on the day after the
        opening the whole telephone company seven."""
        start = datetime.combine(self.first_day, datetime.min.time()) + timedelta(days=3, hours=9)
        late = [LateFile(POWER, start, start + 4 * HOUR, LATE_TOWNSHIP)]
        if self.opened is not None:
            begin = datetime.fromisoformat(self.opened) + 18 * HOUR
            late.append(LateFile(TELECOM, begin, begin + 7 * HOUR))
        return tuple(late)

    def begin_trouble(self) -> None:
        """Every start of the demo tells the story with two other people, from the next hours on.

        At the first start the first of them has lain there since the afternoon before, long enough
        for a red light before the morning, when yellow ones are called about: the first telephone
        that rings is about a red one. A first start that was cut off is taken up as it was.
        """
        first_start = self.opened is None
        if self.without_emergencies or (first_start and self.emergencies):
            return
        people = cast(self.households, self.seed)
        first = self.last_hour + (-LAIN if first_start else 2 * HOUR)
        second = self.last_hour + LATER + (-HOUR if first_start else 2 * HOUR)
        for begin, kind in ((first, STUCK_ON), (second, QUIET)):
            self.emergencies.append(
                {
                    "index": people[len(self.emergencies) % len(people)],
                    "at": begin.isoformat(),
                    "until": (begin + STAYS_DOWN).isoformat(),
                    "kind": kind,
                }
            )


def cast(households: int, seed: int) -> list[int]:
    """Residents with regular days, whose silence is soon remarkable: at home, awake early, busy,
    and heard of by all three feeds."""
    habits = make_habits(households, seed)
    homely = ~habits.works & ~habits.shifts & (habits.mat_kwh == 0)
    score = np.where(homely, habits.bustle * habits.cooks - 0.1 * np.abs(habits.wakes - 6), -9.0)
    score += 2.0 * (habits.line & habits.app)
    score[households - _newcomers(households) :] = -9.0  # nothing usual is known of them yet
    return [int(index) for index in np.argsort(-score)[: max(2, min(CAST, households // 8))]]


def _newcomers(households: int) -> int:
    return min(NEWCOMERS, households // 10)


def swaps(households: int, seed: int, today: date, history_days: int) -> tuple[Swap, ...]:
    """A meter that was exchanged a month ago, and a telephone that nobody has told of yet."""
    if timedelta(days=history_days) <= METER_SWAPPED:
        return ()
    habits, busy = make_habits(households, seed), set(cast(households, seed))
    ours = [n for n in range(households // 2) if habits.app[n] and n not in busy]
    if len(ours) < 2:
        return ()
    meter, phone = ours[:2]
    return (
        Swap(meter, POWER, today - METER_SWAPPED, f"08{meter:08d}", told=True),
        Swap(phone, APP, today - PHONE_SWAPPED, f"hc-new{phone:03d}", told=False),
    )


def _emergency(item: dict[str, object]) -> Emergency:
    return Emergency(
        index=int(str(item["index"])),
        at=datetime.fromisoformat(str(item["at"])),
        until=datetime.fromisoformat(str(item["until"])),
        kind=str(item["kind"]),
    )
