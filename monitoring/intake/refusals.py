"""Why a file is refused whole. A bad row never is a reason: it is rejected alone."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(StrEnum):
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    BAD_GZIP = "bad_gzip"
    NOT_TEXT = "not_text"
    OTHER_FEED = "other_feed"
    WRONG_HEADER = "wrong_header"
    NOT_READABLE = "not_readable"
    NOT_TAKEN = "not_taken"


LABELS: dict[str, str | Promise] = {
    Refusal.EMPTY: _("빈 파일입니다. 보낸 기관에 다시 보내 달라고 하세요."),
    Refusal.TOO_LARGE: _("파일이 너무 큽니다. 날짜나 계량기로 나누어 보내 달라고 하세요."),
    Refusal.BAD_GZIP: _("압축이 깨졌습니다. 보내는 중에 끊겼을 수 있으니 다시 받으세요."),
    Refusal.NOT_TEXT: _("CSV 글자 파일이 아닙니다. 엑셀 파일이면 CSV로 저장해 보내야 합니다."),
    Refusal.OTHER_FEED: _("다른 자료의 파일입니다. 맞는 자료로 다시 보내야 합니다."),
    Refusal.WRONG_HEADER: _("첫 줄의 열 이름이 약속과 다릅니다."),
    Refusal.NOT_READABLE: _("파일을 열 수 없습니다. 읽기 권한을 주어 다시 넣어 달라고 하세요."),
    Refusal.NOT_TAKEN: _("여러 번 시도했지만 받아들이지 못했습니다. 운영자에게 알리세요."),
}


class Refused(Exception):
    """The file cannot be read at all. `detail` is English, for the partner, without values."""

    def __init__(self, code: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class FeedNotAccepted(Exception):
    """A feed that the portal knows and does not take in yet; nothing of the file is kept."""

    def __init__(self, feed: str) -> None:
        super().__init__(f"feed '{feed}' is not accepted yet")
