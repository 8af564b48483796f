"""What the field, the neighbours and the follow-up announce: a setting, menu entries, a panel."""

from django.utils.translation import gettext_lazy as _

from accounts.county_settings import SettingSpec, register
from accounts.roles import Role
from dispatch.follow_up import panel
from ui.registry import MenuEntry, Panel, menu, panels

_FOLLOWERS = frozenset(
    {Role.CONTROL_OPERATOR.value, Role.COUNTY_OFFICIAL.value, Role.TOWNSHIP_CLERK.value}
)

register(
    SettingSpec(
        "dispatch.neighbour_minutes",
        "int",
        default=120,
        unit=_("분"),
        label=_("이웃 확인 링크가 열려 있는 시간"),
        help=_("이웃이나 이장에게 보낸 링크를 이 시간 뒤에는 쓸 수 없습니다."),
        minimum=10,
        maximum=1440,
    )
)
menu.register(
    MenuEntry(
        key="follow-ups",
        label=_("사후 확인"),
        url_name="dispatch:follow_ups",
        roles=_FOLLOWERS,
        order=18,
        icon="calendar",
    )
)
menu.register(
    MenuEntry(
        key="cards",
        label=_("출동 카드"),
        url_name="dispatch:cards",
        roles=frozenset({Role.ADMINISTRATOR.value}),
        order=64,
        icon="key",
    )
)
panels.register(
    Panel(
        page="household",
        key="dispatch-follow-up",
        order=30,
        template="dispatch/follow_up_panel.html",
        context=panel.of,
        roles=_FOLLOWERS,
        column="side",
    )
)
