"""The English reasons of rejected rows (for the partner) in Korean (for the county)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Beginnings and ends of reasons, the first that fits: they carry the feed's own words and limits.
_BEGIN: tuple[tuple[str, str | Promise], ...] = (
    ("a whole number", _("세는 값은 정수여야 합니다.")),
    ("a number from", _("값이 없거나 있을 수 없는 값입니다.")),
    ("a number", _("숫자가 아닙니다. 소수점은 쉼표가 아니라 점으로 써야 합니다.")),
    ("0 or more", _("음수입니다.")),
    ("at most", _("한 시간에 있을 수 없는 양입니다.")),
    ("a time that is not in the future", _("아직 오지 않은 시각입니다.")),
    ("the start of", _("정시나 15분 단위 시각이 아닙니다.")),
    ("a time since", _("2000년 전의 시각입니다. 기기 시계가 틀린 것 같습니다.")),
    ("a time like", _("시각으로 읽을 수 없습니다.")),
    ("one value per", _("같은 시각에 서로 다른 값이 여러 개 있습니다.")),
    ("one of", _("모르는 종류의 기록입니다.")),
    ("as many fields", _("칸 수가 첫 줄과 다릅니다.")),
)
_WITHIN: tuple[tuple[str, str | Promise], ...] = (
    ("running total", _("사용량이 아니라 계량기의 누적 지침입니다.")),
    ("shortened by a spreadsheet", _("번호가 엑셀에서 줄어들어 뒷자리를 알 수 없습니다.")),
    ("characters", _("번호가 비었거나 너무 깁니다.")),
)


def explain(expected: str) -> str | Promise:
    """What the county reads; the English itself where nobody has put it into Korean."""
    for part, korean in _WITHIN:
        if part in expected:
            return korean
    for begin, korean in _BEGIN:
        if expected.startswith(begin):
            return korean
    return expected
