"""Why a light is what it is, in sentences that a clerk can say aloud. No score, no jargon.

Times are dates and never "yesterday": a sentence is read again days after it was written.
"""

from dataclasses import dataclass
from datetime import datetime

from monitoring.hours import SEOUL

WEEKDAYS = "월화수목금토일"
WORTH_TELLING = 14.0  # hours of quiet: longer than a night
TELLING = 0.7  # an hour in which the person is active on seven days of ten says something
STUCK_HOURS = 6  # as long as the detector remembers a level

SOURCES = {
    "power": "전력",
    "phone": "휴대폰",
    "line": "전화",
    "app": "휴대폰 화면",
    "steps": "걸음",
}
_NOTHING = {
    "power": "변화 없음",
    "phone": "사용 없음",
    "line": "건 전화와 보낸 문자 없음",
    "app": "켠 적 없음",
    "steps": "움직임 없음",
}
FEEDS = {"power": "전력", "telecom": "통신", "app": "돌봄앱"}


@dataclass(frozen=True)
class Habit:
    """The strongest habit that did not show: at `hour`, on `active` of `days` days like these; and
    how often it was missed now."""

    hour: int
    active: int
    days: int
    times: int


@dataclass(frozen=True)
class Source:
    """What one source says about a silent home. `hours`: received without a sign; `since`: end of
    the hour of its last sign, None where there is none in the last two weeks."""

    name: str
    hours: float
    since: datetime | None
    habit: Habit | None = None
    constant: int = 0  # hours with the same amount switched on
    changes: int = 0  # how often it usually changes in that time


def moment(at: datetime) -> str:
    """`11. 20.(금) 20시` in Seoul."""
    local = at.astimezone(SEOUL)
    return f"{local.month}. {local.day}.({WEEKDAYS[local.weekday()]}) {local.hour}시"


def silence(source: Source) -> str:
    """How long nothing has been heard of this source, and what is usual."""
    label, nothing = SOURCES[source.name], _NOTHING[source.name]
    if source.constant >= STUCK_HOURS:
        usual = f", 평소 이 동안 {source.changes}번 바뀜" if source.changes else ""
        return f"{label}: {source.constant}시간째 같은 양이 켜져 있음{usual}"
    if source.since is None:
        said = f"{label}: 자료가 온 {source.hours:.0f}시간 내내 {nothing}"
    else:
        said = f"{label}: {moment(source.since)} 이후 {source.hours:.0f}시간 동안 {nothing}"
    return said if source.habit is None else f"{said}, {_usual(source.habit)}"


def _usual(habit: Habit) -> str:
    often = f"평소 {habit.hour}시쯤이면 {habit.days}번 중 {habit.active}번 움직임"
    missed = "이번에는 없음" if habit.times == 1 else f"이번에는 {habit.times}번 모두 없음"
    return f"{often}({missed})"


def longest(hours: float, record: float) -> str:
    """Against the home's own record of the days learned from."""
    return f"{hours:.0f}시간째 조용합니다. 최근 두 달 동안 가장 길었던 것은 {record:.0f}시간입니다."


def as_usual(last_sign: datetime | None, hours: float = 0.0) -> str:
    """`hours`: how long it has been quiet. A long quiet is told, also while it explains itself."""
    if last_sign is None:
        return "평소와 다르지 않습니다."
    said = f"마지막 움직임 {moment(last_sign)}."
    if hours >= WORTH_TELLING:
        return f"{said} {hours:.0f}시간째 조용하지만 아직 이 집에서 보던 정도입니다."
    return f"{said} 평소와 같습니다."


def missing(data_until: datetime | None) -> str:
    if data_until is None:
        return "자료가 아직 한 번도 오지 않았습니다. 자료 연결과 동의를 확인하세요."
    return f"자료가 {moment(data_until)}부터 오지 않습니다. 그 뒤는 알 수 없습니다."


def feed_missing(feed: str, until: datetime | None) -> str:
    """One of several feeds does not come: the others decide."""
    if until is None:
        return f"{FEEDS[feed]} 자료는 오지 않아 나머지 자료로 판단했습니다."
    return f"{FEEDS[feed]} 자료는 {moment(until)}부터 오지 않아 나머지 자료로 판단했습니다."


def source_missing(source: str, until: datetime) -> str:
    """The same of a home that is judged as usual by its other sources."""
    return f"{SOURCES[source]} 자료는 {moment(until)}부터 오지 않아 나머지 자료로 판단했습니다."


def patchy() -> str:
    return "최근 하루의 자료가 절반도 오지 않아 판단할 수 없습니다."


def learning(days: int, limit: float, *, blended: bool) -> str:
    """`limit`: hours without a sign that are too long for this risk group."""
    if blended:
        how = f"아직은 {limit:.0f}시간 기준과 습관을 함께 봅니다."
    else:
        how = f"그때까지는 {limit:.0f}시간 기준으로 봅니다."
    return f"생활 습관을 배우는 중입니다({days}일째, 14일부터 습관도 봅니다). {how}"


def away(until: datetime) -> str:
    return f"부재 기간입니다({moment(until)}까지). 이 동안의 침묵은 세지 않습니다."


def not_yet_usual() -> str:
    """A short movement has not taken back what the silence before it said."""
    return "잠깐 움직임이 있었으나 평소로 돌아왔다고 보기에는 이릅니다."


def kept(light_word: str) -> str:
    return f"생활 신호나 사람의 확인이 있을 때까지 {light_word} 상태로 둡니다."
