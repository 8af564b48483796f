"""Why a light is what it is, in sentences that a clerk can say aloud. No score, no jargon."""

from datetime import datetime, timedelta

import numpy as np

from monitoring.detection.habits import MIN_DAYS
from monitoring.window import SEOUL, Window

WEEKDAYS = "월화수목금토일"
WORTH_TELLING = 14.0  # hours of quiet: longer than a night
TIMES = {7: "일곱", 8: "여덟", 9: "아홉", 10: "열"}
TELLING = 0.7  # an hour in which the person is active on seven days of ten says something


def moment(at: datetime) -> str:
    """`11. 20.(금) 20시` in Seoul."""
    local = at.astimezone(SEOUL)
    return f"{local.month}. {local.day}.({WEEKDAYS[local.weekday()]}) {local.hour}시"


def silence(window: Window, home: int, *, last_sign: datetime | None, hours: float) -> list[str]:
    """How long there was no change, and what this person usually does in that time."""
    said = []
    if last_sign is None:
        said.append(f"전력: 자료가 온 {hours:.0f}시간 내내 사람이 쓴 흔적이 없습니다.")
    else:
        # The sign lies somewhere in its hour, so the silence counts from the hour's end.
        since = moment(last_sign + timedelta(hours=1))
        said.append(f"전력: {since} 이후 자료가 온 {hours:.0f}시간 동안 사람이 쓴 흔적이 없습니다.")
    habit = _missed_habit(window, home, last_sign)
    if habit is not None:
        hour, share, times = habit
        often = f"열 번에 {TIMES[round(share * 10)]} 번은"
        this_time = "이번에는" if times == 1 else f"이번에는 {times}번 모두"
        said.append(f"평소 {hour}시쯤에는 {often} 움직임이 있었는데 {this_time} 없었습니다.")
    return said


def _missed_habit(
    window: Window, home: int, last_sign: datetime | None
) -> tuple[int, float, int] | None:
    """(hour of day, how often active, times missed) of the strongest habit that did not show."""
    first = 0 if last_sign is None else window.hour_of(last_sign) + 1
    hours = np.arange(max(first, 0), window.now_hour + 1)
    hours = hours[np.isfinite(window.evidence[home, hours]) & ~window.held[home, hours]]
    if not len(hours):
        return None
    weekday = (window.first.weekday() + hours // 24) % 7
    shares = window.often[home, (weekday >= 5).astype(int), hours % 24]
    best = int(shares.argmax())
    if shares[best] < TELLING:
        return None
    hour = int(hours[best] % 24)
    return hour, float(shares[best]), int((hours % 24 == hour).sum())


def as_usual(last_sign: datetime | None, hours: float = 0.0) -> str:
    """`hours`: how long it has been quiet. A long quiet is told, also while it explains itself."""
    if last_sign is None:
        return "전력: 평소와 다르지 않습니다."
    said = f"전력: 마지막 움직임 {moment(last_sign)}."
    if hours >= WORTH_TELLING:
        return f"{said} {hours:.0f}시간째 조용하지만 아직 이 집에서 보던 정도입니다."
    return f"{said} 평소와 같습니다."


def missing(data_until: datetime | None) -> str:
    if data_until is None:
        return "전력 자료가 아직 한 번도 오지 않았습니다. 계량기 연결과 동의를 확인하세요."
    return f"전력 자료가 {moment(data_until)}부터 오지 않습니다. 그 뒤는 알 수 없습니다."


def patchy() -> str:
    return "최근 하루의 전력 자료가 절반도 오지 않아 판단할 수 없습니다."


def learning(days: int, limit: float) -> str:
    return (
        f"생활 습관을 배우는 중입니다({days}일째, {MIN_DAYS}일부터 습관으로 봅니다). "
        f"그때까지는 {limit:.0f}시간 기준으로 봅니다."
    )


def away(until: datetime) -> str:
    return f"부재 기간입니다({moment(until)}까지). 이 동안의 침묵은 세지 않습니다."


def not_yet_usual() -> str:
    """A short movement has not taken back what the silence before it said."""
    return "잠깐 움직임이 있었으나 평소로 돌아왔다고 보기에는 이릅니다."


def kept(light_word: str) -> str:
    return f"생활 신호나 사람의 확인이 있을 때까지 {light_word}로 둡니다."
