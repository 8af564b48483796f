"""The four lights and the survey groups: one word each, the same on every page.

Green is "as usual", never "safe": safe is what a person has proved. The survey's groups are
words with bars and never a colour.
"""

from django.utils.translation import gettext_lazy as _

LIGHT_WORDS = {
    "red": _("긴급"),
    "yellow": _("주의"),
    "grey": _("자료 없음"),
    "green": _("정상"),
}

RISK_GROUPS = {
    "high": (3, _("조사 고위험군")),
    "medium": (2, _("조사 중위험군")),
    "low": (1, _("조사 저위험군")),
    "general": (0, _("조사 일반군")),
}
