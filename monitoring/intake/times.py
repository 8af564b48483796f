"""Times as partners write them, to seconds since 1970 in UTC."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

SEOUL = ZoneInfo("Asia/Seoul")
# Korea has kept UTC+9 without summer time since 1988, long before the first reading.
SEOUL_OFFSET = 9 * 3600

_TIME = re.compile(
    r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.0+)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)


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


def parse_times(
    texts: npt.NDArray[np.object_],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """(seconds, whether it is a time) of distinct texts; seconds are 0 where it is none."""
    found = [parse_time(str(text)) for text in texts]
    return (
        np.array([at or 0 for at in found], dtype=np.int64),
        np.array([at is not None for at in found], dtype=bool),
    )
