"""The county's settings of the watch. The shipped points: docs/benchmarks.md, "Detection"."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.county_settings import SettingSpec, register
from households.models import RiskGroup
from monitoring import own_points

YELLOW_ALARMS = 0.32
RED_ALARMS = 0.10
_LIGHTS = (
    ("yellow", YELLOW_ALARMS, _("주의 (AI 전화)")),
    ("red", RED_ALARMS, _("긴급 (사람이 바로 확인)")),
)


def register_all() -> None:
    for light, alarms, label in _LIGHTS:
        _register_alarms(light, alarms, label)
    _register_patience()
    register(
        SettingSpec(
            own_points.SETTING,
            "json",
            default={},
            label=_("우리 군 자료로 맞춘 기준점"),
            help=_(
                "모델 카드가 말하는 수에 견주어 우리 군에서 몇 배 울렸는지입니다. "
                "감지 기준 화면에서 정합니다. 비어 있으면 모델 카드를 따릅니다."
            ),
            validate=own_points.check,
            words=own_points.words,
            read_only=True,
        )
    )
    register(
        SettingSpec(
            "monitoring.shadow_days",
            "int",
            default=7,
            minimum=1,
            maximum=90,
            unit=_("일"),
            label=_("새 감지 기준을 옆에서 돌려 보는 기간"),
            help=_("이 기간이 지나야 새 감지 기준을 쓰기 시작할 수 있습니다."),
        )
    )
    register(
        SettingSpec(
            "monitoring.keep_months",
            "int",
            default=24,
            minimum=3,
            maximum=120,
            unit=_("개월"),
            label=_("시간별 자료를 보관하는 기간"),
            help=_("이보다 오래된 달의 전력·통신·앱 자료는 밤에 지웁니다."),
        )
    )


def _register_patience() -> None:
    register(
        SettingSpec(
            "monitoring.grey_after_hours",
            "int",
            default=30,
            minimum=2,
            maximum=96,
            unit=_("시간"),
            label=_("자료 없음으로 보는 시간"),
            help=_("이 시간 동안 자료가 오지 않으면 신호등을 자료 없음으로 바꿉니다."),
        )
    )


def _register_alarms(light: str, alarms: float, label: object) -> None:
    register(
        SettingSpec(
            f"monitoring.{light}_alarms",
            "float",
            default=alarms,
            minimum=0.01,
            maximum=5.0,
            unit=_("번"),
            label=format_lazy(_("{light}: 한 가구에 한 달 몇 번까지"), light=label),
            help=_(
                "평소와 같은 가구에서 이만큼은 헛알림을 감수한다는 뜻입니다. "
                "늘리면 빨리 알지만 전화와 확인이 잦아집니다."
            ),
        )
    )
    for group in RiskGroup:
        register(
            SettingSpec(
                f"monitoring.{light}_alarms_{group.value}",
                "float",
                default=0.0,
                minimum=0.0,
                maximum=5.0,
                unit=_("번"),
                label=format_lazy(_("{light}: {group}만 달리"), light=label, group=group.label),
                help=_("0이면 모두와 같습니다."),
            )
        )
