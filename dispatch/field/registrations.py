"""What the field, the neighbours and the follow-up announce: a setting, menu entries, a panel."""

from django.utils.translation import gettext_lazy as _

from accounts.county_settings import SettingSpec, register
from accounts.roles import Role
from dispatch.field import photo_views
from dispatch.follow_up import panel
from ui.registry import Heading, MenuEntry, Panel, menu, panels

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
for _name, _hour, _label in (
    ("dispatch.two_people_from", 20, _("2명이 함께 가는 밤의 시작")),
    ("dispatch.two_people_until", 7, _("2명이 함께 가는 밤의 끝")),
):
    register(
        SettingSpec(
            _name,
            "int",
            default=_hour,
            unit=_("시"),
            label=_label,
            help=_("이 사이의 방문 카드에는 2명이 함께 가라고 적습니다. 같으면 적지 않습니다."),
            minimum=0,
            maximum=23,
        )
    )
register(
    SettingSpec(
        "dispatch.photo_days",
        "int",
        default=90,
        unit=_("일"),
        label=_("현장 사진을 두는 날"),
        help=_(
            "건을 종결하고 이만큼 지나면 현장 사진을 지웁니다. 사진이 있었다는 기록은 남습니다."
        ),
        minimum=1,
        maximum=1095,
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
        heading=Heading.CONTROL,
    )
)
menu.register(
    MenuEntry(
        key="cards",
        label=_("출동 카드"),
        url_name="dispatch:cards",
        roles=frozenset({Role.CONTROL_OPERATOR.value, Role.ADMINISTRATOR.value}),
        order=64,
        icon="key",
        heading=Heading.CONTROL,
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
panels.register(
    Panel(
        page="case",
        key="dispatch-photo",
        order=40,
        template="dispatch/visit_photo_panel.html",
        context=photo_views.panel,
        roles=photo_views.OFFERED,
    )
)
