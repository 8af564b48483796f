"""What the accounts floor registers: its settings, its messages, its menu entries."""

from django.utils.translation import gettext_lazy as _

from accounts import sign_in  # noqa: F401 (connects its receivers)
from accounts.county_settings import SettingSpec, register
from accounts.notify import register_kind
from accounts.roles import Role
from ui.registry import Heading, MenuEntry, menu

register(
    SettingSpec(
        "accounts.idle_minutes",
        "int",
        default=20,
        minimum=5,
        maximum=60,
        unit=_("분"),
        label=_("자동 로그아웃까지의 시간"),
        help=_("이 시간 동안 쓰지 않으면 로그아웃합니다. 2분 전에 화면에 알립니다."),
    )
)
register(
    SettingSpec(
        "accounts.quiet_from",
        "time",
        default="22:00",
        label=_("급하지 않은 문자를 멈추는 시각"),
        help=_(
            "이 시각부터 급하지 않은 문자는 보내지 않고 모아 둡니다. 긴급 문자는 언제나 보냅니다."
        ),
    )
)
register(
    SettingSpec(
        "accounts.quiet_until",
        "time",
        default="07:00",
        label=_("급하지 않은 문자를 다시 보내는 시각"),
        help=_("모아 둔 문자를 이 시각에 보냅니다."),
    )
)

register_kind(
    "accounts.invitation",
    subject_ko="신호등 포털 가입 안내",
    sms_ko="[연천군] 신호등 포털 가입 링크입니다(72시간 동안 한 번). {link}",
    channels=("email", "sms"),
    urgent=True,
    proves_address=True,
)
register_kind(
    "accounts.reset",
    subject_ko="신호등 포털 비밀번호를 다시 정해 주세요",
    sms_ko="[연천군] 신호등 포털 비밀번호를 다시 정하는 링크입니다(72시간 동안 한 번). {link}",
    channels=("email", "sms"),
    urgent=True,
)
register_kind(
    "accounts.phone_code",
    subject_ko="신호등 포털 번호 확인",
    sms_ko="[연천군] 신호등 포털 인증번호 {code} (10분 안에 입력)",
    channels=("sms",),
    urgent=True,
    proves_address=True,
)

menu.register(
    MenuEntry(
        key="accounts.staff",
        label=_("직원"),
        url_name="staff",
        roles=frozenset({Role.ADMINISTRATOR.value}),
        order=80,
        icon="people",
        heading=Heading.OFFICE,
    )
)
menu.register(
    MenuEntry(
        key="accounts.settings",
        label=_("설정"),
        url_name="settings",
        roles=frozenset({Role.ADMINISTRATOR.value, Role.COUNTY_OFFICIAL.value}),
        order=85,
        icon="gear",
        heading=Heading.OFFICE,
    )
)
menu.register(
    MenuEntry(
        key="accounts.access_log",
        label=_("접속기록"),
        url_name="access_log",
        roles=frozenset({Role.PRIVACY_OFFICER.value}),
        order=90,
        icon="list",
        heading=Heading.OFFICE,
    )
)
