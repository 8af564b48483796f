"""Kinds of messages and menu entries of shifts and handovers."""

from django.utils.translation import gettext_lazy as _

from accounts.notify import register_kind
from accounts.roles import Role
from ui.registry import Heading, MenuEntry, menu

_BOTH = ("inbox", "sms")
_PLAIN = ("inbox", "email")
for _key, _subject, _sms, _channels, _urgent in (
    (
        "dispatch.shift_gap",
        _("근무표에 빈 시간이 있습니다"),
        _("[연천군 신호등] 내일까지 근무표에 빈 시간이 있습니다. {link}"),
        _BOTH,
        False,
    ),
    (
        "dispatch.shift_phones",
        _("전화번호를 확인하지 않은 근무자가 있습니다"),
        _("[연천군 신호등] 내일까지 설 근무자 가운데 번호를 확인하지 않은 사람이 있습니다. {link}"),
        ("inbox",),
        False,
    ),
    (
        "dispatch.shift_phone",
        _("근무 전에 내 전화번호를 확인해 주세요"),
        _("[연천군 신호등] 곧 근무입니다. 내 정보에서 전화번호를 확인해 주세요. {link}"),
        _PLAIN,
        False,
    ),
    (
        "dispatch.handover_offered",
        _("건을 넘겨받아 달라는 요청이 왔습니다"),
        _("[연천군 신호등] 동료가 건을 넘기려 합니다. 보고 받아 주세요. {link}"),
        _BOTH,
        True,
    ),
    (
        "dispatch.handover_declined",
        _("동료가 건을 넘겨받지 않았습니다"),
        _("[연천군 신호등] 동료가 건을 넘겨받지 않았습니다. {link}"),
        ("inbox",),
        True,
    ),
):
    register_kind(_key, str(_subject), str(_sms), channels=_channels, urgent=_urgent)

_OPERATORS = frozenset({Role.CONTROL_OPERATOR.value})
_PLANNERS = _OPERATORS | {Role.COUNTY_OFFICIAL.value}
for _name, _label, _url, _order, _icon, _roles in (
    ("handover", _("인수인계"), "dispatch:handover", 16, "swap", _OPERATORS),
    ("shifts", _("근무표"), "dispatch:shifts", 17, "calendar", _PLANNERS),
):
    menu.register(
        MenuEntry(
            key=_name,
            label=_label,
            url_name=_url,
            roles=_roles,
            order=_order,
            icon=_icon,
            heading=Heading.CONTROL,
        )
    )
