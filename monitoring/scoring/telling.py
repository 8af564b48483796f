"""The sentences of all homes of a chunk, and what an assessment keeps beside them."""

import hashlib
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from monitoring import copying, hours, incidents, reasons, store
from monitoring.circumstances import Absences, LifeSigns
from monitoring.detection.inputs import SOURCES
from monitoring.models import Light
from monitoring.scoring import silence
from monitoring.scoring.judge import GREEN, GREY, LIGHTS, Judged
from monitoring.scoring.memory import UNKNOWN, WARM_UP_DAYS, Memory
from monitoring.scoring.points import BASES, GROUPS
from monitoring.scoring.silence import Silence
from monitoring.scoring.states import Words

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


def tell(
    judged: Judged, memory: Memory, wanted: Flags, changed: Flags, grey_before: dict[str, int]
) -> Words:
    """Sentences for the `wanted` homes; facts for lit ones; a digest for `changed` ones."""
    lit = np.flatnonzero(judged.lit & wanted)
    found = dict(zip(lit.tolist(), silence.of(memory, lit, grey_before), strict=True))
    teller = _Teller(judged)
    teller.tell_green(np.flatnonzero(wanted & (judged.light == GREEN)))
    for place in np.flatnonzero(wanted & (judged.light != GREEN)).tolist():
        teller.tell(place, found.get(place))
    places = np.flatnonzero(changed)
    return Words(
        sentences=teller.sentences,
        which=teller.which,
        rests_on={place: one.rests_on for place, one in found.items()},
        inputs={place: _inputs(judged, place, found.get(place)) for place in places.tolist()},
        digests=dict(zip(places.tolist(), digests(judged.ids[places], judged.now), strict=True)),
    )


def digests(ids: Ints, now: datetime) -> list[str]:
    """SHA-256, per home, of what was known at `now` of the last two weeks: readings, planned
    absences and pauses, confirmations, outages of the area."""
    if not len(ids):
        return []
    end = hours.hour_of(now)
    first = end // hours.DAY - WARM_UP_DAYS
    zero = first * hours.DAY
    count = end - zero
    inputs = store.read_inputs(ids, hours.day_of(first), hours.day_of(end // hours.DAY))
    inputs = inputs.reshape(5, len(ids), -1)[:, :, :count]
    absences = Absences(ids, zero, end + 1, known_at=now)
    signs = LifeSigns(ids, zero, now, known_at=now)
    marks = [
        absences.held(ids, zero, count),
        absences.watched_again(ids, zero, count + 1),
        signs.seen(ids, zero, count + 1),
        *incidents.masks(ids.tolist(), hours.begin_of(zero), count, known_at=now),
    ]
    return [
        hashlib.sha256(
            np.ascontiguousarray(inputs[:, nth]).tobytes()
            + b"".join(
                bytes([place]) + np.packbits(mark[nth]).tobytes()
                for place, mark in enumerate(marks)
                if mark is not None and mark[nth].any()
            )
        ).hexdigest()
        for nth in range(len(ids))
    ]


def _inputs(judged: Judged, place: int, found: Silence | None) -> dict[str, object]:
    until = judged.until[place]
    return {
        "until": None if until == UNKNOWN else hours.begin_of(until).isoformat(),
        "group": GROUPS[judged.group[place]],
        "days_learned": int(judged.days[place]),
        "away": int(judged.ids[place]) in judged.away,
        "missing": bool(judged.missing[place]),
        "patchy": bool(judged.patchy[place]),
        **(found.figures if found else {}),
    }


class _Teller:
    """Sentences of every home; those of ordinary green homes are made once for all alike."""

    def __init__(self, judged: Judged) -> None:
        self.judged = judged
        self.basis = judged.scale.basis()
        self.sentences: list[list[str]] = [[]]
        self.which = np.zeros(len(judged.ids), np.int64)

    def _say(self, places: Ints | int, said: list[str]) -> None:
        self.which[places] = len(self.sentences)
        self.sentences.append(said)

    def tell(self, place: int, found: Silence | None) -> None:
        """A home whose light is not green."""
        judged, notes = self.judged, self._notes(place)
        if judged.light[place] == GREY:
            self._say(place, [*self._grey(place), *notes])
            return
        said = [reasons.silence(one) for one in found.sources] if found else []
        silent = float(judged.silent[place])
        if silent < reasons.WORTH_TELLING:
            if not judged.missing[place]:  # else nobody can know what it was followed by
                said.append(reasons.not_yet_usual())
        elif found and found.longest > 0:
            said.append(reasons.longest(silent, found.longest))
        if found:
            said += [
                reasons.feed_missing(feed, None if end is None else hours.begin_of(end))
                for feed, end in found.lacking.items()
            ]
        if judged.missing[place] or judged.patchy[place]:
            word = str(Light(LIGHTS[judged.light[place]]).label)
            notes = [*notes, *self._grey(place), reasons.kept(word)]
        self._say(place, said + notes)

    def tell_green(self, places: Ints) -> None:
        judged = self.judged
        if not len(places):
            return
        silent = judged.silent[places]
        quiet = np.where(silent >= reasons.WORTH_TELLING, silent, 0).astype(np.int64)
        learned = self.basis[places] == _LEARNED
        days = np.where(learned, 0, judged.days[places].astype(np.int64) + 1)
        away = (
            np.array([int(one) in judged.away for one in judged.ids[places]], bool)
            if (judged.away)
            else np.zeros(len(places), bool)
        )
        # What the sentences are made of; an absence has an end of its own.
        signs, sign = np.unique(judged.last_sign[places], return_inverse=True)
        words = quiet + (days << 12) + (judged.group[places] * ~learned << 24)
        lacking, ends = _ends(judged.ended[places])
        alike = (sign.reshape(-1) * len(lacking) + ends << 32) + words
        alike[away] = -1 - places[away]
        keys, nth = np.unique(alike, return_inverse=True)
        order = np.argsort(nth, kind="stable")
        starts = np.searchsorted(nth[order], np.arange(len(keys) + 1))
        for begin, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            homes = order[begin:stop]
            first = int(homes[0])
            seen = _instant(int(signs[sign[first]]))
            said = [
                reasons.as_usual(seen, float(quiet[first])),
                *_missing_sources(lacking[ends[first]]),
                *self._notes(int(places[first])),
            ]
            self._say(places[homes], said)

    def _grey(self, place: int) -> list[str]:
        judged = self.judged
        if judged.missing[place]:
            until = judged.until[place]
            return [reasons.missing(None if until == UNKNOWN else hours.begin_of(until))]
        return [reasons.patchy()]

    def _notes(self, place: int) -> list[str]:
        judged = self.judged
        notes = []
        if judged.away:
            away = judged.away.get(int(judged.ids[place]))
            notes = [reasons.away(away)] if away else []
        if self.basis[place] != _LEARNED and judged.until[place] != UNKNOWN:
            limit = float(judged.scale.limit[place])
            days = int(judged.days[place])
            notes.append(reasons.learning(days, limit, blended=bool(self.basis[place])))
        return notes


def _ends(ended: Ints) -> tuple[Ints, Ints]:
    """(the different rows of `ended` (H, 3), the place of each home's row among them)."""
    if (ended == UNKNOWN).all():  # the common case
        return ended[:1], np.zeros(len(ended), np.int64)
    rows, which = np.unique(ended, axis=0, return_inverse=True)
    return rows, which.reshape(-1)


def _missing_sources(ended: Ints) -> list[str]:
    return [
        reasons.source_missing(source, hours.begin_of(int(end)))
        for source, end in zip(SOURCES, ended, strict=True)
        if end != UNKNOWN
    ]


_LEARNED = BASES.index("learned")


def _instant(number: int) -> datetime | None:
    return None if number == copying.NEVER else copying.instant(number)
