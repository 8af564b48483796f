"""The tuning page in the menu, and what is told about a rule that was learned."""

from django.utils.translation import gettext_lazy as _

from accounts.notify import register_kind
from accounts.roles import Role
from ui.registry import Heading, MenuEntry, menu

menu.register(
    MenuEntry(
        key="tuning",
        label=_("감지 기준"),
        url_name="dispatch:tuning",
        roles=frozenset({Role.COUNTY_OFFICIAL.value, Role.CONTROL_OPERATOR.value}),
        order=65,
        icon="gear",
        heading=Heading.RULES,
    )
)
menu.register(
    MenuEntry(
        key="rules",
        label=_("감지 기준 후보"),
        url_name="dispatch:rules",
        roles=frozenset({Role.ADMINISTRATOR.value}),
        order=65,
        icon="gear",
        heading=Heading.RULES,
    )
)
for _key, _subject, _sms in (
    (
        "dispatch.rule_learned",
        _("새 감지 기준을 배워 옆에서 돌리기 시작했습니다"),
        _("[연천군 신호등] 새 감지 기준을 배웠습니다. {link}"),
    ),
    (
        "dispatch.rule_not_learned",
        _("새 감지 기준을 배우지 못했습니다"),
        _("[연천군 신호등] 새 감지 기준을 배우지 못했습니다. {link}"),
    ),
):
    register_kind(_key, str(_subject), str(_sms), channels=("inbox",), urgent=False)
