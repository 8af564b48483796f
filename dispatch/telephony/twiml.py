"""What the person hears. Korean, formal, slow sentences; the first one says that an AI calls."""

from django.utils.translation import gettext as _
from twilio.twiml.voice_response import Gather, VoiceResponse

LANGUAGE = "ko-KR"
VOICE = "Polly.Seoyeon-Neural"
HINTS = "괜찮아요,괜찮습니다,잘 있어요,도와주세요,살려주세요,아파요,넘어졌어요,일번,이번"
REPEATS = 2  # after the first time
LAST_ROUND = 1 + REPEATS


def ask(*, action: str, round_: int) -> str:
    """The question of one round, waiting for a key or for speech; the answer goes to `action`."""
    response = VoiceResponse()
    gather = Gather(
        input="dtmf speech",
        action=action,
        method="POST",
        language=LANGUAGE,
        speech_model="googlev2_telephony",
        speech_timeout="3",  # "auto" cuts slow speakers off at their first pause
        timeout=8,
        num_digits=1,
        hints=HINTS,
        action_on_empty_result=True,
        profanity_filter=False,
    )
    for sentence in _question(round_):
        _say(gather, sentence)
    response.append(gather)
    return str(response)


def _question(round_: int) -> list[str]:
    hello = _("안녕하십니까. 연천군에서 인공지능 에이아이가 거는 안부 확인 전화입니다.")
    why = _("평소와 달리 생활 신호가 오래 없어 안부를 여쭙니다.")
    how = _("괜찮으시면 1번을 눌러 주세요. 도움이 필요하시면 2번을 누르거나 말씀해 주세요.")
    if round_ <= 1:
        return [hello, why, how]
    return [_("다시 말씀드립니다. 연천군 안부 확인 전화입니다."), how]


def goodbye(kind: str) -> str:
    """What was understood and what happens next, then the end of the call.

    kind: ok | ok_but_person | help | speech | unclear | silent
    """
    response = VoiceResponse()
    for sentence in _ENDINGS[kind]():
        _say(response, sentence)
    response.hangup()
    return str(response)


def hang_up() -> str:
    """For a call that is no longer ours to lead."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


_ENDINGS = {
    "ok": lambda: [
        _("1번, 괜찮다고 알아들었습니다."),
        _("다행입니다. 오늘 확인은 이것으로 마칩니다. 안녕히 계십시오."),
    ],
    "ok_but_person": lambda: [
        _("1번, 괜찮다고 알아들었습니다."),
        _("담당자가 확인하려고 한 번 더 전화를 드리겠습니다. 안녕히 계십시오."),
    ],
    "help": lambda: [
        _("2번, 도움이 필요하다고 알아들었습니다."),
        _("지금 바로 담당자에게 알립니다. 전화를 곁에 두고 기다려 주세요."),
        _("아주 급하면 119에 전화해 주세요."),
    ],
    "speech": lambda: [
        _("하신 말씀을 담당자에게 전합니다."),
        _("담당자가 곧 전화를 드리겠습니다. 아주 급하면 119에 전화해 주세요."),
    ],
    "unclear": lambda: [_("누르신 번호를 알아듣지 못했습니다. 담당자가 곧 전화를 드리겠습니다.")],
    "silent": lambda: [
        _("대답을 듣지 못했습니다. 잠시 뒤 다시 전화를 드리거나 담당자가 연락을 드리겠습니다."),
    ],
}


def _say(where: VoiceResponse | Gather, sentence: str) -> None:
    where.say(sentence, language=LANGUAGE, voice=VOICE)
