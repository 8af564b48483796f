"""The county's settings of the watch. The shipped points: docs/benchmarks.md, "Detection"."""

from django.utils.translation import gettext_lazy as _

from accounts.county_settings import SettingSpec, register

YELLOW_POINT = 13.3
RED_POINT = 57.0


def register_all() -> None:
    register(
        SettingSpec(
            "monitoring.yellow_point",
            "float",
            default=YELLOW_POINT,
            minimum=1.0,
            maximum=200.0,
            label=_("주의 기준값 (AI 전화)"),
            help=_(
                "침묵의 증거가 이 값을 넘으면 주의가 되고 AI가 전화합니다. "
                "낮추면 빨리 알지만 전화가 잦아집니다. 처음 값은 한 가구에 한 달 0.32번입니다."
            ),
        )
    )
    register(
        SettingSpec(
            "monitoring.red_point",
            "float",
            default=RED_POINT,
            minimum=1.0,
            maximum=400.0,
            label=_("긴급 기준값 (사람이 바로 확인)"),
            help=_(
                "침묵의 증거가 이 값을 넘으면 긴급이 되고 관제요원이 바로 확인합니다. "
                "처음 값은 한 가구에 한 달 0.1번입니다."
            ),
        )
    )
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
    register(
        SettingSpec(
            "monitoring.feed_late_hours",
            "int",
            default=6,
            minimum=1,
            maximum=96,
            unit=_("시간"),
            label=_("자료가 늦었다고 보는 시간"),
            help=_("새 자료가 이 시간 동안 오지 않으면 자료 수신 화면에 늦음으로 보입니다."),
        )
    )
