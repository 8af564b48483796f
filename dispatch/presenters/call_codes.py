"""The result codes of a call made by hand, in the order drawn, with their keys."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dispatch.rules import CallResult

# The left column first, then the right.
KEYS: tuple[tuple[str, str, str], ...] = (
    (CallResult.SAFE, "Digit1", "1"),
    (CallResult.HELP, "Digit2", "2"),
    (CallResult.RISK, "Digit3", "3"),
    (CallResult.NO_ANSWER, "Digit4", "4"),
    (CallResult.BUSY, "Digit5", "5"),
    (CallResult.POWER_OFF, "Digit6", "6"),
    (CallResult.REJECTED, "Digit7", "7"),
    (CallResult.BAD_NUMBER, "Digit8", "8"),
    (CallResult.VOICEMAIL, "Digit9", "9"),
    (CallResult.NOT_PERSON, "Digit0", "0"),
    (CallResult.TEXT_REPLY, "Minus", "-"),
)
# A contact can say that the person is well or needs help; the rest is about the line.
OF_CONTACT: tuple[tuple[str, object], ...] = (
    (CallResult.SAFE, gettext_lazy("보았다고 함")),
    (CallResult.HELP, gettext_lazy("도움 필요하다고 함")),
    (CallResult.NO_ANSWER, CallResult.NO_ANSWER.label),
    (CallResult.BUSY, CallResult.BUSY.label),
    (CallResult.BAD_NUMBER, gettext_lazy("결번")),
)
_CSS = {CallResult.SAFE: "ok", CallResult.HELP: "warn", CallResult.RISK: "bad"}


@dataclass(frozen=True)
class CallCode:
    """One button. `hint`: how often it was pressed for this case already."""

    value: str
    label: str
    key: str = ""
    key_label: str = ""
    css: str = ""
    hint: str = ""


def of_resident(pressed: Mapping[str, int]) -> list[CallCode]:
    """The codes of a call to the person; `pressed` counts each code in the log."""
    return [_code(*key, times=pressed.get(key[0], 0)) for key in KEYS]


def of_contact() -> list[CallCode]:
    return [
        CallCode(value=value, label=str(label), css=_CSS.get(CallResult(value), ""))
        for value, label in OF_CONTACT
    ]


def _code(value: str, key: str, key_label: str, *, times: int) -> CallCode:
    return CallCode(
        value=value,
        label=str(CallResult(value).label).replace("-", " · "),
        key=key,
        key_label=key_label,
        css=_CSS.get(CallResult(value), ""),
        hint=_("%(n)d번") % {"n": times} if times else "",
    )
