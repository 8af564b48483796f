"""What this floor announces to the ones below: settings of the county and kinds of messages."""

from django.utils.translation import gettext_lazy as _

from accounts.county_settings import SettingSpec, register
from accounts.notify import register_kind

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
register(
    SettingSpec(
        "dispatch.reporter_days",
        "int",
        default=90,
        unit=_("일"),
        label=_("신고자 전화번호 보관 기간"),
        help=_(
            "건을 종결하고 이만큼 지나면 알린 사람의 전화번호를 지웁니다. "
            "신고가 있었다는 기록과 지웠다는 표시는 남습니다."
        ),
        minimum=1,
        maximum=1095,
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
        "dispatch.visit_passed",
        _("현장 출동을 다음 사람에게 넘겼습니다"),
        _("[연천군 신호등] 답이 없어 출동을 다음 사람에게 넘겼습니다. {link}"),
        _BOTH,
        True,
    ),
    (
        "dispatch.field_kept",
        _("끝난 출동에서 늦게 온 기록이 있습니다"),
        _("[연천군 신호등] 끝난 출동에서 기록이 늦게 왔습니다. 확인해 주세요. {link}"),
        _BOTH,
        True,
    ),
    (
        "dispatch.neighbour_saw",
        _("이웃이 대상자를 보았다고 합니다"),
        _("[연천군 신호등] 이웃이 대답했습니다. 건을 확인해 주세요. {link}"),
        ("inbox",),
        True,
    ),
    (
        "dispatch.neighbour_could_not",
        _("이웃이 대상자를 만나지 못했습니다"),
        _("[연천군 신호등] 이웃이 만나지 못했다고 합니다. 건을 확인해 주세요. {link}"),
        _BOTH,
        True,
    ),
    (
        "dispatch.reported",
        _("주민이 대상자가 보이지 않는다고 알렸습니다"),
        _("[연천군 신호등] 열린 건에 주민 신고가 들어왔습니다. 건을 확인해 주세요. {link}"),
        _BOTH,
        True,
    ),
    (
        "dispatch.need_noted",
        _("대상자에게 필요한 도움을 알려 드립니다"),
        _("[연천군 신호등] 대상자에게 필요한 도움이 적혔습니다. {link}"),
        ("inbox",),
        False,
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
        _("동료가 건을 넘겨받았습니다"),
        _("[연천군 신호등] 동료가 건을 넘겨받았습니다. {link}"),
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
