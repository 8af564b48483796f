"""What lit homes are silent of: per source since when, which habit did not show, which feeds.

Only for homes with a lit light, which are few: their last two weeks are read once more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from households.models import Consent, FeedLink
from households.valve import FEED_OF_PURPOSE
from monitoring import calendar, circumstances, hours, learning, reasons, store
from monitoring.detection.facts import FACTS, facts
from monitoring.detection.inputs import MIN_DAYS
from monitoring.detection.records import SHARE_STEP
from monitoring.scoring.memory import WARM_UP_DAYS, Memory
from monitoring.sources import FEED_OF_INPUT, FEEDS, INPUTS_OF_SOURCE

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

COUNTS = 0.2  # a source with less than this share of the evidence did not light the light


@dataclass(frozen=True)
class Silence:
    """Of one home: its sources, the feeds its light rests on, the feeds that do not come, and
    the figures behind it for the assessment."""

    sources: list[reasons.Source]
    rests_on: list[str]
    lacking: dict[str, int | None]  # feed -> hour at which it ended
    longest: float  # hours: the home's own record of silence
    figures: dict[str, object]


def of(memory: Memory, places: Ints, grey_before: Mapping[str, int]) -> list[Silence]:
    """The silences of the homes at `places`, in their order.

    Those that end within the same two days share one look; of a feed that stopped, the fortnight
    before its end is looked at.
    """
    found: dict[int, Silence] = {}
    left = places
    while len(left):
        until = memory.until[left]
        now = until > until.max() - 2 * hours.DAY
        group = left[now]
        found.update(zip(group.tolist(), _alike(memory, group, grey_before), strict=True))
        left = left[~now]
    return [found[place] for place in places.tolist()]


def _alike(memory: Memory, places: Ints, grey_before: Mapping[str, int]) -> list[Silence]:
    ids = memory.ids[places]
    last = int(memory.until[places].max())
    first_day = last // hours.DAY - WARM_UP_DAYS
    zero = first_day * hours.DAY
    inputs = store.read_inputs(ids, hours.day_of(first_day), hours.day_of(last // hours.DAY))
    inputs = inputs.reshape(5, len(ids), -1)
    known = circumstances.without_outages(inputs, ids, zero)
    absences = circumstances.Absences(ids, zero, zero + known.shape[2])
    held = absences.held(ids, zero, known.shape[2])
    if held is not None:
        known = np.where(held, np.float32(np.nan), known)
    around = _Around(zero, known.shape[2])
    hot, habits, live = memory.kept["hot"][places], learning.newest(ids), live_feeds(ids)
    ends = memory.until[places] - zero
    told = _facts(hot, habits, ends, around)
    return [
        _Home(
            hot[nth],
            habits[nth],
            told[nth],
            inputs[:, nth, : int(ends[nth])],
            known[:, nth, : int(ends[nth])],
            around,
        ).silence(live.get(int(ids[nth]), frozenset()), grey_before)
        for nth in range(len(ids))
    ]


class _Around:
    """The hours that are looked at: `zero` is the first; whether each lies on a free day."""

    def __init__(self, zero: int, count: int) -> None:
        self.zero = zero
        self.hour = np.arange(zero, zero + count) % hours.DAY
        days = range(zero // hours.DAY, (zero + count - 1) // hours.DAY + 1)
        free = calendar.free_days(hours.day_of(day) for day in days)
        self.free = np.repeat(free, hours.DAY)[:count].astype(np.intp)


def _facts(hot: np.ndarray, habits: np.ndarray, ends: Ints, around: _Around) -> np.ndarray:
    """FACTS (H,); homes that end at the same hour in one call."""
    found = np.zeros(len(hot), FACTS)
    for end in np.unique(ends).tolist():
        which = np.flatnonzero(ends == end)
        found[which] = facts(
            hot[which],
            habits[which],
            hour=int(around.hour[end - 1]),
            free=bool(around.free[end - 1]),
            free_before=bool(around.free[max(end - 1 - hours.DAY, 0)]),
        )
    return found


def live_feeds(ids: Ints | Sequence[int]) -> dict[int, frozenset[str]]:
    """{household: feeds that are linked and consented to}."""
    named = [int(one) for one in ids]
    linked = FeedLink.objects.filter(household__in=named, valid_to__isnull=True)
    consents = Consent.objects.standing().filter(household__in=named)
    allowed = {
        (household, FEED_OF_PURPOSE.get(purpose))
        for household, purpose in consents.values_list("household_id", "purpose")
    }
    found: dict[int, set[str]] = {}
    for household, feed in linked.order_by().values_list("household_id", "feed"):
        if (household, feed) in allowed:
            found.setdefault(household, set()).add(feed)
    return {household: frozenset(feeds) for household, feeds in found.items()}


class _Home:
    """One home's last two weeks, up to its newest hour."""

    def __init__(
        self,
        hot: np.void,
        habits: np.void,
        told: np.void,
        came: Floats,
        known: Floats,
        around: _Around,
    ) -> None:
        self.hot, self.habits, self.facts = hot, habits, told
        self.came: Flags = np.asarray(np.isfinite(came), bool)
        self.known: Flags = np.asarray(np.isfinite(known), bool)
        self.around = around
        self.zero = around.zero
        self.often = habits["hours"]["often"]

    def silence(self, live: frozenset[str], grey_before: Mapping[str, int]) -> Silence:
        sources = [(source, *self._input_of(source)) for source in range(3)]
        shares = self.facts["share"]
        told = [
            self._told(source, given, received)
            for source, given, received in sources
            if received.any() and self.hot["silent"][source] > 0
        ]
        ended = {feed: self._ended(feed) for feed in sorted(live)}
        lacking = {
            feed: end for feed, end in ended.items() if end is None or end < grey_before[feed]
        }
        return Silence(
            sources=told,
            rests_on=self._rests_on(shares),
            lacking=lacking if len(lacking) < len(live) else {},
            longest=float(self.facts["longest_any"]),
            figures={
                "silent": {one.name: round(one.hours, 1) for one in told},
                "share": {
                    name: round(float(share), 2)
                    for name, share in zip(("power", "phone", "steps"), shares, strict=True)
                },
                "constant": int(self.facts["constant"]),
                "longest": round(float(self.facts["longest_any"]), 1),
                "lacking": sorted(lacking),
            },
        )

    def _input_of(self, source: int) -> tuple[int, NDArray[np.bool_]]:
        """(the input that spoke for a source, its received hours): phone, app and line are one."""
        received = self.known[list(INPUTS_OF_SOURCE[source])]
        first = int(received[:, -24:].any(axis=1).argmax())
        return INPUTS_OF_SOURCE[source][first], np.asarray(received.any(axis=0))

    def _told(self, source: int, given: int, received: NDArray[np.bool_]) -> reasons.Source:
        silent = float(self.facts["silent"][source])
        heard = np.flatnonzero(received)
        # The silent hours are the last received ones; the sign lies in the one before them.
        sign = len(heard) - int(silent) - 1
        after = heard[max(sign + 1, 0) :]
        constant = int(self.facts["constant"]) if source == 0 else 0
        return reasons.Source(
            name=("power", "phone", "line", "app", "steps")[given],
            hours=silent,
            since=hours.begin_of(self.zero + int(heard[sign]) + 1) if sign >= 0 else None,
            habit=self._missed(given, after),
            constant=constant,
            changes=round(float(self.facts["usual_changes"])) if source == 0 else 0,
        )

    def _missed(self, given: int, after: Ints) -> reasons.Habit | None:
        if not len(after) or self.habits["days"][given] < MIN_DAYS:
            return None
        hour, free = self.around.hour[after], self.around.free[after]
        shares = self.often[free, hour, given]
        best = int(shares.argmax())
        share = float(shares[best]) / SHARE_STEP
        if share < reasons.TELLING:
            return None
        days = int(self.habits["of_type"][free[best], given])
        return reasons.Habit(
            int(hour[best]), round(days * share), days, int((hour == hour[best]).sum())
        )

    def _rests_on(self, shares: Floats) -> list[str]:
        """The feeds of the sources that carry the evidence; where none does, all that spoke."""
        recent = np.asarray(self.came[:, -hours.DAY :].any(axis=1), bool)
        feeds = set()
        for source, inputs in enumerate(INPUTS_OF_SOURCE):
            silent = self.hot["silent"][source] > 0
            if shares[source] >= COUNTS and silent:
                feeds |= {
                    FEED_OF_INPUT[one] for one in inputs if one in FEED_OF_INPUT and recent[one]
                }
        if not feeds:
            feeds = {feed for one, feed in FEED_OF_INPUT.items() if recent[one]}
        return [feed for feed in FEEDS if feed in feeds]

    def _ended(self, feed: str) -> int | None:
        """The hour at which what came of a feed ended, None where nothing came in two weeks."""
        inputs = [one for one, name in FEED_OF_INPUT.items() if name == feed]
        came = np.flatnonzero(self.came[inputs].any(axis=0))
        return self.zero + int(came[-1]) + 1 if len(came) else None
