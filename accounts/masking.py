"""Masking of personal data: one set of functions for HTML, API, export and log."""

import re

MASK = "*"


def mask_name(name: str) -> str:
    """'김철수' → '김*수', '이산' → '이*', '남궁민수' → '남**수'; one letter is hidden whole."""
    name = name.strip()
    if len(name) <= 1:
        return MASK * len(name)
    if len(name) == 2:
        return name[0] + MASK
    return name[0] + MASK * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """'01012345678' → '010-****-5678', '0318391234' → '031-***-1234'.

    What is not a Korean number keeps at most its last two digits.
    """
    digits = re.sub(r"\D", "", phone)
    if digits.startswith("82") and len(digits) >= 11:
        digits = "0" + digits[2:].removeprefix("0")
    area = 2 if digits.startswith("02") else 3
    middle = len(digits) - area - 4
    if not digits.startswith("0") or middle not in (3, 4):
        return MASK * max(len(digits) - 2, 0) + digits[-2:] if len(digits) > 4 else MASK * 4
    return f"{digits[:area]}-{MASK * middle}-{digits[-4:]}"


def mask_address(address: str) -> str:
    """Keeps 시·도, 시·군, 읍·면·동 and 리; hides road, number, building and unit.

    '경기도 연천군 전곡읍 은대리 123-4' → '경기도 연천군 전곡읍 은대리 ***'
    """
    kept = []
    for word in address.split():
        if not re.fullmatch(r"[가-힣·\d]*(도|시|군|구|읍|면|동|리)", word):
            break
        if re.fullmatch(r"\d+동", word):  # a building of a block of flats, not a 행정동
            break
        kept.append(word)
    if not address.strip():
        return ""
    return " ".join([*kept, MASK * 3])


def mask_email(email: str) -> str:
    """'clerk@example.kr' → 'c****@example.kr'."""
    local, at, domain = email.partition("@")
    if not at:
        return MASK * len(email)
    return local[:1] + MASK * max(len(local) - 1, 1) + at + domain
