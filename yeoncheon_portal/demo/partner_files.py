"""Files in the formats of the three partners, as they would send them: one each for every hour.

The utility writes plain UTF-8, the telephone company CP949 with Korean headings, the care app
gzip. Some files are late: a township's concentrator does not report, or a partner's whole system,
and the hours come together afterwards.
"""

import gzip
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from .app import EVENTS, LONGEST_DELAY, Happenings
from .world import County

POWER, TELECOM, APP = "power", "telecom", "app"
FEEDS = (POWER, TELECOM, APP)
POWER_HEADER = "meter_id,read_at,kwh"
TELECOM_HEADER = "회선번호,시각,calls_out,calls_in,sms_out,data_mb"
APP_HEADER = "device_id,at,event,value"
HOUR = timedelta(hours=1)
Homes = NDArray[np.bool_]


@dataclass(frozen=True)
class PartnerFile:
    feed: str
    filename: str
    content: bytes


@dataclass(frozen=True)
class LateFile:
    """The hours of a feed from `start` on arrive only at `arrives`; `township` "": everybody's."""

    feed: str
    start: datetime
    arrives: datetime
    township: str = ""


def history(county: County, feed: str, first: date, last: date) -> PartnerFile:
    """Everything of the days first…last in one file, ordered by day."""
    lines = LINES[feed]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    text = io.StringIO()
    for day in days:
        text.writelines(lines(county, day, range(24), county.joined(day)))
    return _file(feed, f"{first:%Y%m%d}-{last:%Y%m%d}", text.getvalue())


def hourly(county: County, at: datetime, late: tuple[LateFile, ...] = ()) -> list[PartnerFile]:
    """The files that arrive right after the hour `at` (local) is over: usually one per feed."""
    places = np.array([resident.township for resident in county.residents])
    files = []
    for feed in FEEDS:
        own = [item for item in late if item.feed == feed]
        waits = np.zeros(county.households, dtype=bool)
        for item in own:
            if item.start <= at < item.arrives:
                waits |= _homes(item, places)
        text = "".join(_on_time(county, feed, at, ~waits))
        files += [_file(feed, f"{at:%Y%m%d-%H}", text)] if text else []
        for item in own:
            if item.arrives == at:
                text = "".join(_afterwards(county, item, _homes(item, places)))
                files.append(_file(feed, f"{at:%Y%m%d-%H}-late", text))
    return files


def _homes(item: LateFile, places: NDArray[np.str_]) -> Homes:
    return np.asarray((places == item.township) | (item.township == ""))


def _on_time(county: County, feed: str, at: datetime, homes: Homes) -> Iterator[str]:
    """The rows of the hour; of the app also those of telephones that were out of coverage."""
    if feed != APP:
        yield from LINES[feed](county, at.date(), [at.hour], homes)
        return
    for delay in range(LONGEST_DELAY, -1, -1):
        then = at - delay * HOUR
        sent = county.app_delays(then.date())[:, then.hour] == delay
        yield from _app_lines(county, then.date(), [then.hour], homes & sent)


def _afterwards(county: County, item: LateFile, homes: Homes) -> Iterator[str]:
    at = item.start
    while at < item.arrives:
        yield from LINES[item.feed](county, at.date(), [at.hour], homes)
        at += HOUR


def _file(feed: str, name: str, text: str) -> PartnerFile:
    if feed == TELECOM:
        return PartnerFile(feed, f"{feed}-{name}.csv", f"{TELECOM_HEADER}\n{text}".encode("cp949"))
    if feed == APP:
        # No time in the gzip: the same hour is the same file, byte for byte.
        packed = gzip.compress(f"{APP_HEADER}\n{text}".encode(), compresslevel=1, mtime=0)
        return PartnerFile(feed, f"{feed}-{name}.csv.gz", packed)
    return PartnerFile(feed, f"{feed}-{name}.csv", f"{POWER_HEADER}\n{text}".encode())


# ── rows ─────────────────────────────────────────────────────────────────────
Hours = list[int] | range


def _power_lines(county: County, day: date, hours: Hours, homes: Homes) -> Iterator[str]:
    values = county.kwh(day).tolist()
    meters = county.numbers(POWER, day)
    times = [(hour, f",{day}T{hour:02d}:00,") for hour in hours]
    for index in np.flatnonzero(homes).tolist():
        meter, of_day = meters[index], values[index]
        for hour, time in times:
            value = of_day[hour]
            if value == value:
                yield f"{meter}{time}{value:g}\n"


def _telecom_lines(county: County, day: date, hours: Hours, homes: Homes) -> Iterator[str]:
    phone = county.phone(day)
    columns = (phone.calls_out, phone.calls_in, phone.sms_out, phone.data_mb)
    out, rang, texts, data = (column.tolist() for column in columns)
    times = [(hour, f",{day} {hour:02d}:00,") for hour in hours]
    recorded, numbers = phone.recorded.tolist(), county.numbers(TELECOM, day)
    for index in np.flatnonzero(homes & county.habits.line).tolist():
        line = numbers[index]
        for hour, time in times:
            if recorded[index][hour]:
                yield (
                    f"{line}{time}{out[index][hour]},{rang[index][hour]},"
                    f"{texts[index][hour]},{data[index][hour]:g}\n"
                )


def _app_lines(county: County, day: date, hours: Hours, homes: Homes) -> Iterator[str]:
    events = county.app(day)
    sent = (homes & county.habits.app)[events.resident]
    chosen = _in_hours(events.only(sent), hours)
    devices = [f"{number},{day}T" for number in county.numbers(APP, day)]
    columns = (chosen.resident, chosen.second, chosen.kind, chosen.value)
    for index, second, kind, value in zip(*(c.tolist() for c in columns), strict=True):
        minutes, left = divmod(second, 60)
        written = f"{value:g}" if value == value else ""
        yield (
            f"{devices[index]}{minutes // 60:02d}:{minutes % 60:02d}:{left:02d}"
            f",{EVENTS[kind]},{written}\n"
        )


def _in_hours(events: Happenings, hours: Hours) -> Happenings:
    return events.only(np.isin(events.second // 3600, np.asarray(list(hours))))


LINES: dict[str, Callable[[County, date, Hours, Homes], Iterator[str]]] = {
    POWER: _power_lines,
    TELECOM: _telecom_lines,
    APP: _app_lines,
}
