"""Finding a person by what somebody says: a household's number, a telephone number, a name."""

import re
from typing import Any

from accounts.crypto import normal_phone
from households.indexes import name_index, phone_index

_NUMBER = re.compile(r"(?:가구)?\s*(\d{1,6})")


def matching(visible: Any, text: str) -> Any:
    """Those of the households `visible` to somebody whose number, exact telephone number or exact
    name `text` is. Nothing is decrypted."""
    number = _NUMBER.fullmatch(text.strip())
    if number:
        return visible.filter(number=int(number[1]))
    if len(normal_phone(text)) >= 9:
        return visible.filter(phone_index=phone_index(text))
    return visible.filter(name_index=name_index(text))
