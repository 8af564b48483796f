"""What this floor announces to the ones below: settings of the county and kinds of messages."""

from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.county_settings import SettingSpec, register
from accounts.notify import register_kind


def _minutes_list(value: Any) -> None:
    """Up to eight rising whole minutes, the last within a day."""
    good = (
        isinstance(value, list)
        and 1 <= len(value) <= 8
        and all(isinstance(m, int) and not isinstance(m, bool) and 0 <= m <= 1440 for m in value)
        and value == sorted(set(value))
    )
    if not good:
        raise ValidationError(_("[0, 15, 30, 60]처럼 커지는 분을 1개에서 8개까지 적어 주세요."))


def _minutes(name: str, default: int, label: object, help_: object, *, top: int = 240) -> None:
    register(
        SettingSpec(
            f"dispatch.{name}",
            "int",
            default=default,
            unit=_("분"),
            label=label,  # type: ignore[arg-type]
            help=help_,  # type: ignore[arg-type]
            minimum=1,
            maximum=top,
        )
    )


_minutes(
    "claim_lease_minutes",
    10,
    _("건을 맡는 시간"),
    _("이 시간 안에 아무 일도 하지 않으면 건이 대기로 돌아갑니다."),
)
_minutes(
    "unclaimed_minutes",
    3,
    _("다시 알리기까지"),
    _("아무도 맡지 않은 건을 다시 알립니다. 간격은 두 배씩 늘어 1시간을 넘지 않습니다."),
)
_minutes(
    "yellow_desk_minutes",
    75,
    _("주의: 관제로 넘기기까지"),
    _("AI 전화에 답이 없으면 늦어도 이때 사람이 봅니다."),
    top=1440,
)
_minutes(
    "visit_accept_minutes",
    5,
    _("출동 수락까지"),
    _("출동을 받은 사람이 답하지 않으면 관제요원에게 알립니다."),
)
_minutes("visit_on_site_minutes", 45, _("현장 도착까지"), _("출동을 결정한 때부터 셉니다."))

for _name, _default, _label in (
    ("yellow_call_minutes", [0, 15, 30, 60], _("주의: AI 전화 시각")),
    ("red_call_minutes", [0, 5, 15], _("긴급: AI 전화 시각")),
):
    register(
        SettingSpec(
            f"dispatch.{_name}",
            "json",
            default=_default,
            unit=_("분"),
            label=_label,
            help=_("건이 열린 뒤 몇 분에 전화할지 적습니다."),
            validate=_minutes_list,
        )
    )
for _name, _hour, _label in (
    ("quiet_from", time(22, 0), _("주의 전화를 멈추는 시각")),
    ("quiet_until", time(7, 0), _("주의 전화를 다시 하는 시각")),
):
    register(
        SettingSpec(
            f"dispatch.{_name}",
            "time",
            default=_hour,
            label=_label,
            help=_("긴급 전화에는 적용하지 않습니다."),
        )
    )
register(
    SettingSpec(
        "dispatch.again_hours",
        "int",
        default=6,
        unit=_("시간"),
        label=_("종결 뒤 다시 열기까지"),
        help=_("건이 끝났는데도 같은 신호등이 이만큼 켜져 있으면 새 건을 엽니다."),
        minimum=1,
        maximum=72,
    )
)
register(
    SettingSpec(
        "dispatch.hold_hours",
        "int",
        default=6,
        unit=_("시간"),
        label=_("자료 사고로 보류하는 시간"),
        help=_(
            "전력이나 통신 자료 하나에만 기댄 건은 그 자료에 사고가 난 동안 보류합니다. "
            "이 시간이 지나면 사고가 끝나지 않아도 사람이 봅니다."
        ),
        minimum=1,
        maximum=48,
    )
)
register(
    SettingSpec(
        "dispatch.responder_may_close",
        "bool",
        default=True,
        label=_("현장에서 종결"),
        help=_("예: 출동한 사람이 직접 보고 종결할 수 있습니다. 아니요: 관제요원이 종결합니다."),
    )
)
register(
    SettingSpec(
        "dispatch.calls_per_second",
        "float",
        default=1.0,
        unit=_("건/초"),
        label=_("AI 전화 빠르기"),
        help=_("전화 회사가 한 계정에 받아 주는 발신 수입니다."),
        minimum=0.1,
        maximum=50.0,
    )
)
register(
    SettingSpec(
        "dispatch.ring_seconds",
        "int",
        default=30,
        unit=_("초"),
        label=_("AI 전화 벨 울리는 시간"),
        minimum=10,
        maximum=120,
    )
)

_BOTH = ("inbox", "sms")
for _key, _subject, _sms, _channels, _urgent in (
    (
        "dispatch.red",
        _("긴급 건이 열렸습니다"),
        _("[연천군 신호등] 담당 지역에 긴급 건이 열렸습니다. {link}"),
        _BOTH,
        True,
    ),
    (
        "dispatch.assigned",
        _("현장 출동 요청이 왔습니다"),
        _("[연천군 신호등] 현장 출동 요청입니다. 수락 또는 못 감을 눌러 주세요. {link}"),
        _BOTH,
        True,
    ),
    (
        "dispatch.visit_cancelled",
        _("현장 출동이 취소되었습니다"),
        _("[연천군 신호등] 현장 출동이 취소되었습니다. {link}"),
        _BOTH,
        True,
    ),
    (
        "dispatch.waiting",
        _("새 건이 담당자를 기다립니다"),
        _("[연천군 신호등] 새 건이 담당자를 기다립니다. {link}"),
        ("inbox",),
        False,
    ),
    (
        "dispatch.urgent",
        _("도움을 청한 건이 있습니다"),
        _("[연천군 신호등] 대상자가 도움을 청했습니다. 바로 확인해 주세요. {link}"),
        _BOTH,
        True,
    ),
    (
        "dispatch.unclaimed",
        _("아무도 맡지 않은 건이 있습니다"),
        _("[연천군 신호등] 아무도 맡지 않은 건이 있습니다. {link}"),
        _BOTH,
        True,
    ),
    (
        "dispatch.lease_out",
        _("맡은 시간이 지나 건이 대기로 돌아갔습니다"),
        _("[연천군 신호등] 맡은 시간이 지나 건이 대기로 돌아갔습니다. {link}"),
        ("inbox",),
        False,
    ),
    (
        "dispatch.raised",
        _("맡은 건이 긴급으로 올라갔습니다"),
        _("[연천군 신호등] 맡은 건이 긴급으로 올라갔습니다. {link}"),
        ("inbox",),
        True,
    ),
    (
        "dispatch.handed_over",
        _("건을 넘겨받았습니다"),
        _("[연천군 신호등] 건을 넘겨받았습니다. {link}"),
        ("inbox",),
        True,
    ),
    (
        "dispatch.visit_back",
        _("현장 출동 결과가 왔습니다"),
        _("[연천군 신호등] 현장 출동 결과가 왔습니다. {link}"),
        ("inbox",),
        True,
    ),
    (
        "dispatch.visit_late",
        _("현장 출동이 늦어지고 있습니다"),
        _("[연천군 신호등] 현장 출동이 늦어지고 있습니다. {link}"),
        _BOTH,
        True,
    ),
    (
        "dispatch.consent_withdrawn",
        _("맡은 건의 대상자가 동의를 거두었습니다"),
        _("[연천군 신호등] 맡은 건의 대상자가 동의를 거두었습니다. {link}"),
        ("inbox",),
        False,
    ),
    (
        "dispatch.not_watched",
        _("맡은 건의 대상자가 서비스를 멈추거나 끝냈습니다"),
        _("[연천군 신호등] 맡은 건의 대상자가 서비스를 멈추거나 끝냈습니다. {link}"),
        ("inbox",),
        False,
    ),
):
    register_kind(_key, str(_subject), str(_sms), channels=_channels, urgent=_urgent)
