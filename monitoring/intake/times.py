"""Times as partners write them, to seconds since 1970 in UTC."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

SEOUL = ZoneInfo("Asia/Seoul")
# Korea has kept UTC+9 without summer time since 1988, long before the first reading.
SEOUL_OFFSET = 9 * 3600

_TIME = re.compile(
    r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
# Lengths of the usual layouts: to the minute or second, then nothing, `Z` or `+09:00`.
_LAYOUTS = {16: "", 19: "", 17: "Z", 20: "Z", 22: "+", 25: "+"}
_FRACTION = r"(?P<clock>:\d\d:\d\d)\.(?P<digits>\d+)"
MICROSECONDS = 1_000_000
_FEW = 64
_DAY = 86_400
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def parse_time(text: str) -> int | None:
    """Seconds in UTC; without an offset the time is Seoul's. None when it is no time."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    *numbers, offset = match.groups()
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    try:
        if offset is None:
            at = datetime(year, month, day, hour, minute, second, tzinfo=SEOUL)
        else:
            zone = "+00:00" if offset == "Z" else offset
            at = datetime.strptime(
                f"{year:04}-{month}-{day} {hour}:{minute}:{second} {zone}", "%Y-%m-%d %H:%M:%S %z"
            )
        return int(at.timestamp())
    except (ValueError, OverflowError):
        return None


def parse_times(texts: pa.Array) -> tuple[Ints, Flags]:
    """(seconds, whether it is a time) of distinct texts; seconds are 0 where it is none.

    The usual layouts are read all at once, digit by digit; what remains, one by one.
    """
    seconds, good = np.zeros(len(texts), np.int64), np.zeros(len(texts), bool)
    if len(texts) > _FEW:
        lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False)
        for length, ending in _LAYOUTS.items():
            rows = np.flatnonzero(lengths == length)
            if len(rows):
                seconds[rows], good[rows] = _usual(texts.take(pa.array(rows)), length, ending)
    for row in np.flatnonzero(~good).tolist():
        at = parse_time(texts[row].as_py())
        if at is not None:
            seconds[row], good[row] = at, True
    return seconds, good


def parse_instants(texts: pa.Array) -> tuple[Ints, Flags]:
    """(microseconds, whether it is a time) of distinct texts: events may follow within a second."""
    fraction = pc.struct_field(pc.extract_regex(texts, _FRACTION), "digits")
    if fraction.null_count == len(texts):
        seconds, good = parse_times(texts)
        return seconds * MICROSECONDS, good
    seconds, good = parse_times(pc.replace_substring_regex(texts, _FRACTION, r"\1"))
    six = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.fill_null(fraction, "0"), 6, "0"), 0, 6)
    return seconds * MICROSECONDS + pc.cast(six, pa.int64()).to_numpy(), good


def _usual(texts: pa.Array, length: int, ending: str) -> tuple[Ints, Flags]:
    """(seconds, whether the layout is the usual one and the numbers are a time)."""
    _valid, _offsets, data = texts.buffers()
    letters = np.frombuffer(data, np.uint8, len(texts) * length).reshape(-1, length)
    digits = letters.astype(np.int64) - ord("0")
    with_seconds = length in (19, 20, 25)
    clock = 19 if with_seconds else 16
    marks = {4: "-", 7: "-", 10: "T ", 13: ":", **({16: ":"} if with_seconds else {})}
    if ending == "+":
        marks |= {clock: "+-", clock + 3: ":"}
    elif ending == "Z":
        marks |= {clock: "Z"}
    good = np.ones(len(texts), bool)
    for place in range(length):
        if place in marks:
            good &= np.isin(letters[:, place], [ord(mark) for mark in marks[place]])
        else:
            good &= (digits[:, place] >= 0) & (digits[:, place] <= 9)

    def pair(place: int) -> Ints:
        return digits[:, place] * 10 + digits[:, place + 1]

    year, month, day = pair(0) * 100 + pair(2), pair(5), pair(8)
    second = pair(17) if with_seconds else np.zeros(len(texts), np.int64)
    good &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    good &= (pair(11) < 24) & (pair(14) < 60) & (second < 60)
    months = (np.where(good, year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    good &= day <= following - first
    at = (first + day - 1) * _DAY + pair(11) * 3600 + pair(14) * 60 + second
    if ending == "+":
        sign = np.where(letters[:, clock] == ord("-"), -1, 1)
        good &= (pair(clock + 1) < 24) & (pair(clock + 4) < 60)
        at -= sign * (pair(clock + 1) * 3600 + pair(clock + 4) * 60)
    elif not ending:
        good &= year >= 1989  # Seoul kept other clocks before: the slow way knows them
        at -= SEOUL_OFFSET
    return np.where(good, at, 0), good
