"""HouseholdState and Assessment of a chunk: set-based for all homes, one by one only for news."""

import json
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from monitoring import copying
from monitoring.scoring.judge import LIGHTS, Judged
from monitoring.scoring.memory import UNKNOWN, instants
from monitoring.scoring.points import BASES
from monitoring.sources import FEEDS

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEW = -1  # no row yet

_OLD_ROW = copying.row(
    ("household", ">i8"),
    ("light", ">i4"),
    ("since", ">i8"),
    ("assessment", ">i8"),
    ("ordinary", ">i4"),
)
_LIGHT_PLACE = "array_position('{" + ",".join(LIGHTS) + "}'::varchar[], light) - 1"
_NEW_ROW = copying.row(
    ("household", ">i8"),
    ("light", ">i4"),
    ("since", ">i8"),
    ("reasons", ">i4"),
    ("last_sign", ">i8"),
    ("evidence", ">f8"),
    ("silence", ">f8"),
    ("until", ">i8"),
    ("basis", ">i4"),
    ("rests", ">i4"),
    ("days", ">i4"),
    ("assessment", ">i8"),
)


@dataclass
class Old:
    """The states as they stand: `light` NEW where there is none. `ordinary`: said by this rule,
    of learned habits, in one sentence."""

    light: NDArray[np.int64]
    since: Ints
    assessment: Ints
    ordinary: Flags


def load(ids: Ints, version: str) -> Old:
    rule = version.replace("'", "''")
    rows = copying.read(
        f"COPY (SELECT household_id, {_LIGHT_PLACE}, since, coalesce(assessment_id, 0),"  # noqa: S608
        f" (basis = 'learned' AND jsonb_array_length(reasons) = 1 AND rule_version = '{rule}')::int"
        f" FROM monitoring_householdstate WHERE {copying.among(ids)}) TO STDOUT (FORMAT binary)",
        _OLD_ROW,
    )
    place = np.searchsorted(ids, rows["household"]).clip(max=len(ids) - 1)
    ours = ids[place] == rows["household"]
    old = Old(
        light=np.full(len(ids), NEW, np.int64),
        since=np.zeros(len(ids), np.int64),
        assessment=np.zeros(len(ids), np.int64),
        ordinary=np.zeros(len(ids), bool),
    )
    for name in ("light", "since", "assessment", "ordinary"):
        getattr(old, name)[place[ours]] = rows[name][ours]
    return old


@dataclass(frozen=True)
class Words:
    """What was said about the homes: sentences, feeds, and facts to keep (by place)."""

    sentences: list[list[str]]  # the different ones
    which: Ints  # (H,) of each home, its place in `sentences`
    rests_on: dict[int, list[str]]
    inputs: dict[int, dict[str, object]]
    digests: dict[int, str]


def write(judged: Judged, old: Old, words: Words, version: str, write_too: Flags) -> int:
    """Assessments of changed lights, and the states of these and of `write_too`.

    Returns the number of changes.
    """
    changed = judged.light != old.light
    assessment = old.assessment.copy()
    places = np.flatnonzero(changed).tolist()
    assessment[places] = _assessments(judged, places, words, version)
    since = np.where(changed, copying.as_instant(judged.now), old.since)
    which = np.flatnonzero(changed | write_too)
    _states(judged, which, since, assessment, words, version, new=old.light[which] == NEW)
    return len(places)


_ASSESS = """
    INSERT INTO monitoring_assessment (
        household_id, at, light, evidence, silence_hours, reasons, rule_version, point_yellow,
        point_red, basis, rests_on, inputs, inputs_digest
    )
    SELECT household_id, %s, light, evidence, silence_hours, reasons, %s, point_yellow, point_red,
        basis, rests_on, inputs, inputs_digest
    FROM jsonb_to_recordset(%s) AS row (
        household_id bigint, light varchar, evidence float8, silence_hours float8, reasons jsonb,
        point_yellow float8, point_red float8, basis varchar, rests_on varchar[], inputs jsonb,
        inputs_digest varchar
    )
    ORDER BY household_id
    RETURNING id
"""


def _assessments(judged: Judged, places: list[int], words: Words, version: str) -> list[int]:
    """Writes the assessments of rising `places`; returns their ids, which rise as well."""
    if not places:
        return []
    basis = judged.scale.basis()
    rows = [
        {
            "household_id": int(judged.ids[place]),
            "light": LIGHTS[judged.light[place]],
            "evidence": _rounded(judged.value[place]),
            "silence_hours": float(judged.silent[place]),
            "reasons": words.sentences[words.which[place]],
            "point_yellow": _rounded(judged.scale.yellow[place]),
            "point_red": _rounded(judged.scale.red[place]),
            "basis": BASES[basis[place]],
            "rests_on": words.rests_on.get(place, []),
            "inputs": words.inputs.get(place, {}),
            "inputs_digest": words.digests.get(place, ""),
        }
        for place in places
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ASSESS, [judged.now, version, json.dumps(rows, ensure_ascii=False)])
        return sorted(one for (one,) in cursor.fetchall())


def _rounded(value: float) -> float:
    return round(float(value), 4)


_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS monitoring_staged_state (
        household_id bigint, light integer, since timestamptz, reasons integer,
        last_sign timestamptz, evidence float8, silence float8, until timestamptz,
        basis integer, rests integer, days integer, assessment_id bigint
    )
"""
_COLUMNS = (
    "household_id", "light", "since", "reasons", "last_sign", "evidence", "silence", "until",
    "basis", "rests", "days", "assessment_id",
)  # fmt: skip
# What the columns of the state are made of; 'infinity' is how a row of fixed width says NULL.
_VALUES = {
    "light": "(%(lights)s::varchar[])[staged.light + 1]",
    "since": "staged.since",
    "reasons": "told.reasons",
    "last_sign_at": "nullif(staged.last_sign, 'infinity')",
    "evidence": "staged.evidence",
    "silence_hours": "staged.silence",
    "computed_at": "%(now)s",
    "data_until": "nullif(staged.until, 'infinity')",
    "rule_version": "%(version)s",
    "basis": "(%(bases)s::varchar[])[staged.basis + 1]",
    "rests_on": "CASE staged.rests WHEN 0 THEN '{}'::varchar[] ELSE ("
    "SELECT array_agg(feed ORDER BY bit) FROM unnest(%(feeds)s::varchar[]) WITH ORDINALITY"
    " AS bits (feed, bit) WHERE staged.rests >> (bit::integer - 1) & 1 = 1) END",
    "days_learned": "staged.days",
    "assessment_id": "nullif(staged.assessment_id, 0)",
}
# Joined, not picked out of the array, which would be walked from its beginning for every row.
_TOLD = (
    " FROM monitoring_staged_state AS staged JOIN unnest(%(reasons)s::jsonb[])"
    " WITH ORDINALITY AS told (reasons, nth) ON told.nth = staged.reasons + 1"
)
_UPDATE = (
    "UPDATE monitoring_householdstate AS state SET "  # noqa: S608
    + ", ".join(f"{column} = {value}" for column, value in _VALUES.items())
    + _TOLD
    + " WHERE state.household_id = staged.household_id"
    " AND state.household_id BETWEEN %(first)s AND %(last)s"
)
_INSERT = (
    f"INSERT INTO monitoring_householdstate (household_id, {', '.join(_VALUES)})"
    f" SELECT household_id, {', '.join(_VALUES.values())} {_TOLD}"
)


def _states(
    judged: Judged,
    which: NDArray[np.intp],
    since: Ints,
    assessment: Ints,
    words: Words,
    version: str,
    *,
    new: Flags,
) -> None:
    for statement, homes in ((_UPDATE, which[~new]), (_INSERT, which[new])):
        if not len(homes):
            continue
        filled, sentences = _rows(judged, homes, since, assessment, words)
        with connection.cursor() as cursor:
            cursor.execute(_STAGE)
            cursor.execute("TRUNCATE monitoring_staged_state")
            copying.write("monitoring_staged_state", _COLUMNS, filled)
            cursor.execute(
                statement,
                {
                    "lights": list(LIGHTS),
                    "bases": list(BASES),
                    "feeds": list(FEEDS),
                    "reasons": sentences,
                    "now": judged.now,
                    "version": version,
                    "first": int(judged.ids[homes[0]]),
                    "last": int(judged.ids[homes[-1]]),
                },
            )


def _rows(
    judged: Judged, homes: NDArray[np.intp], since: Ints, assessment: Ints, words: Words
) -> tuple[np.ndarray, list[str]]:
    """(staged rows, the lists of reasons as JSON that they point into)."""
    told, place = np.unique(words.which[homes], return_inverse=True)
    filled = copying.rows(_NEW_ROW, len(homes))
    filled["household"], filled["light"] = judged.ids[homes], judged.light[homes]
    filled["since"], filled["reasons"] = since[homes], place.reshape(-1)
    filled["last_sign"] = judged.last_sign[homes]
    filled["evidence"] = np.round(judged.value[homes].astype(float), 4)
    filled["silence"] = judged.silent[homes]
    until = judged.until[homes]
    filled["until"] = np.where(until == UNKNOWN, copying.NEVER, instants(until))
    filled["basis"] = judged.scale.basis()[homes]
    rests = np.zeros(len(judged.ids), np.int32)
    for home, feeds in words.rests_on.items():
        rests[home] = sum(1 << FEEDS.index(feed) for feed in feeds)
    filled["rests"] = rests[homes]
    filled["days"] = judged.days[homes]
    filled["assessment"] = assessment[homes]
    return filled, [json.dumps(words.sentences[one], ensure_ascii=False) for one in told]


__all__ = ["NEW", "Old", "Words", "load", "write"]
