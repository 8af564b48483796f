"""The consent form: one text per purpose, with what 15조 and 17조 say must be told.

Whoever changes a sentence raises VERSION; every consent remembers the version it was given to.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from households.models import Purpose

VERSION = "2026-1"
REQUIRED = frozenset({Purpose.COLLECTION.value})
SENSITIVE = frozenset({Purpose.HEALTH.value})

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class ConsentText:
    purpose: str
    title: Text
    recipient: str
    spoken: Text  # what the clerk reads aloud
    with_whom: Text
    why: Text
    what: Text
    until: Text
    if_refused: Text

    @property
    def required(self) -> bool:
        return self.purpose in REQUIRED

    @property
    def sensitive(self) -> bool:
        return self.purpose in SENSITIVE


_ALL = (
    ConsentText(
        purpose=Purpose.COLLECTION.value,
        title=_("이름·연락처 적기"),
        recipient="연천군",
        spoken=_("안부를 여쭙기 위해 이름과 연락처, 사는 곳을 적어 둡니다."),
        with_whom=_("연천군이 갖고, 관제센터와 읍·면 담당자가 봄"),
        why=_("오래 조용할 때 전화하고 찾아가려고"),
        what=_("이름, 생년월일, 성별, 전화번호, 주소, 비상연락처"),
        until=_("그만둔 뒤 1년까지, 동의를 거두면 바로 지움"),
        if_refused=_("이 서비스에 가입할 수 없습니다."),
    ),
    ConsentText(
        purpose=Purpose.KEPCO.value,
        title=_("전력 자료를 한국전력에서 받기"),
        recipient="한국전력",
        spoken=_("전기를 얼마나 쓰는지 시간마다 한국전력에서 받습니다."),
        with_whom=_("한국전력에 계량기 번호를 주고 사용량을 받음"),
        why=_("평소와 달리 오래 조용하면 안부를 여쭤보려고"),
        what=_("시간별 전력 사용량"),
        until=_("끝난 뒤 1년까지, 거두면 바로 지움"),
        if_refused=_("전력으로는 살피지 않습니다. 알아차리는 시간이 늦어질 수 있습니다."),
    ),
    ConsentText(
        purpose=Purpose.SKT.value,
        title=_("통신 자료를 SKT에서 받기"),
        recipient="SKT",
        spoken=_(
            "전화를 몇 번 쓰는지 횟수만 SKT에서 받습니다. 누구와 무슨 말을 했는지는 받지 않습니다."
        ),
        with_whom=_("SKT에 전화번호를 주고 횟수를 받음"),
        why=_("오래 안 쓰면 안부를 여쭤보려고"),
        what=_("시간별 통화·문자·데이터 횟수"),
        until=_("끝난 뒤 1년까지, 거두면 바로 지움"),
        if_refused=_("통신으로는 살피지 않습니다. 알아차리는 시간이 늦어질 수 있습니다."),
    ),
    ConsentText(
        purpose=Purpose.HAPPYCONNECT.value,
        title=_("앱 자료를 행복커넥트에서 받기"),
        recipient="행복커넥트",
        spoken=_("휴대폰에 돌봄앱을 깔면 걸음 수와 충전 기록을 행복커넥트에서 받습니다."),
        with_whom=_("행복커넥트에 기기 번호를 주고 기록을 받음"),
        why=_("휴대폰을 오래 쓰지 않으면 안부를 여쭤보려고"),
        what=_("걸음 수, 충전, 화면 켜짐 횟수"),
        until=_("끝난 뒤 1년까지, 거두면 바로 지움"),
        if_refused=_("앱으로는 살피지 않습니다. 알아차리는 시간이 늦어질 수 있습니다."),
    ),
    ConsentText(
        purpose=Purpose.HEALTH.value,
        title=_("건강 정보 적기"),
        recipient="연천군",
        spoken=_("위급할 때 구급대에 알릴 질병과 드시는 약을 적어 둡니다."),
        with_whom=_("연천군이 갖고, 출동한 사람만 봄"),
        why=_("위급할 때 알맞게 도우려고"),
        what=_("질병, 복약"),
        until=_("그만둔 뒤 1년까지, 동의를 거두면 바로 지움"),
        if_refused=_("건강 정보 없이 그대로 이용할 수 있습니다."),
    ),
)

CONSENT_TEXTS: dict[str, ConsentText] = {text.purpose: text for text in _ALL}
