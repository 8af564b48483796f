"""Checks of what people type, before it is stored anywhere."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from accounts.crypto import normal_phone
from households.rules import Refused

# Six digits that can be a birth date, then seven whose first one is 1-8: a resident registration
# number. It may not be held without a law that names it (개인정보 보호법 24의2).
_RESIDENT_NUMBER = re.compile(
    r"(?<!\d)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[\s.·~_/-]*[1-8]\d{6}(?!\d)"
)
_DASHES = re.compile(r"[\u2010-\u2015\u2212\uff0d]")
RESIDENT_NUMBER_MESSAGE = _(
    "주민등록번호로 보이는 숫자가 있습니다. 주민등록번호는 적지 않습니다. "
    "지우고 다시 저장해 주세요."
)
_KOREAN_PHONE = re.compile(r"0[0-9]{8,10}")


def holds_resident_number(text: str) -> bool:
    """True when `text` contains a resident registration number, however it is spaced or dashed."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    return _RESIDENT_NUMBER.search(plain) is not None


def without_resident_numbers(text: str) -> str:
    """`text` without any resident registration number; for words that must not be refused."""
    if not holds_resident_number(text):
        return text
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    return _RESIDENT_NUMBER.sub(str(_("(주민등록번호 지움)")), plain)


def refuse_resident_number(*texts: str) -> None:
    """Raise `Refused` when one of the texts contains a resident registration number."""
    if any(holds_resident_number(text) for text in texts):
        raise Refused(RESIDENT_NUMBER_MESSAGE)


def clean_phone(text: str) -> str:
    """Digits of a Korean telephone number in national form; `Refused` when it is none."""
    digits = normal_phone(text)
    if not _KOREAN_PHONE.fullmatch(digits):
        raise Refused(_("전화번호를 다시 확인해 주세요. 예: 010-1234-5678"))
    return digits


def clean_name(text: str) -> str:
    """The name with single spaces, in one Unicode form, so that one person has one index."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def show_phone(digits: str) -> str:
    """`010-1234-5678`, for the eyes of whoever may read the number."""
    area = 2 if digits.startswith("02") else 3
    return f"{digits[:area]}-{digits[area:-4]}-{digits[-4:]}"
