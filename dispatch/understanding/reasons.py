"""The rules' codes in Korean, for the operator who sees why an answer was read as it was."""

from functools import cache

from dispatch.understanding.lexicons import reasons_in_files

OTHER = {
    "silence": "아무 말이 없었음",
    "low_confidence": "음성 인식의 확신이 낮음",
    "misheard": "도움을 청하는 말이 잘못 인식된 것으로 보임",
    "model:ok": "말 전체가 괜찮다는 답에 가까움",
    "model:help": "말 전체가 도움을 청하는 답에 가까움",
    "model:risk": "말 전체가 위험을 알리는 답에 가까움",
    "model:unclear": "말 전체로도 뜻이 분명하지 않음",
    "model:not_person": "말 전체가 다른 사람이나 기계의 말에 가까움",
    "model:later": "말 전체가 나중에 이야기하자는 답에 가까움",
    "model:refuse": "말 전체가 전화를 원하지 않는다는 답에 가까움",
    "model:away": "말 전체가 집을 떠나 있다는 답에 가까움",
}


def words(code: str) -> str:
    """Korean for a code out of `Understood.because`; an unknown code (older rules) as it stands."""
    return _all().get(code) or _all().get(code.rpartition(":")[2], code)


@cache
def _all() -> dict[str, str]:
    return reasons_in_files() | OTHER
