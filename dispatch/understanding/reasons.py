"""The rules' codes in Korean, for the operator who sees why an answer was read as it was."""

from functools import cache

from dispatch.understanding.lexicons import reasons_in_files

OTHER = {
    "silence": "아무 말이 없었음",
    "low_confidence": "음성 인식의 확신이 낮음",
    "unexplained": "괜찮다는 말 옆에 알 수 없는 말이 있음",
    "no_statement": "괜찮다는 말도 도움을 청하는 말도 찾지 못함",
    "misheard": "도움을 청하는 말이 잘못 인식된 것으로 보임",
}


def words(code: str) -> str:
    """Korean for a code out of `Understood.because`; an unknown code (older rules) as it stands."""
    return _all().get(code.rpartition(":")[2], code)


@cache
def _all() -> dict[str, str]:
    return reasons_in_files() | OTHER
