"""Turns as TwiML, and Twilio's callbacks as `Heard`. Names and limits are Twilio's own."""

import math
from functools import singledispatch

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from twilio.twiml.voice_response import Dial, Gather, Say, VoiceResponse

from accounts import twilio_client
from dispatch.telephony.turns import Ask, Connect, Heard, Tell, Turn, Voice

KEY_SECONDS = 8
LEG_EVENTS = "initiated ringing answered completed"


def respond(turn: Turn) -> HttpResponse:
    """The turn as the answer to a webhook."""
    return HttpResponse(render(turn), content_type="text/xml; charset=utf-8")


@singledispatch
def render(turn: Turn) -> str:
    raise TypeError(type(turn).__name__)


@render.register
def _ask(turn: Ask) -> str:
    response = VoiceResponse()
    gather = _speech_gather(turn) if turn.listening else _key_gather(turn)
    _say(gather, turn.sentences, turn.voice)
    response.append(gather)
    return str(response)


def _speech_gather(turn: Ask) -> Gather:
    assert turn.listening is not None
    return Gather(
        input="dtmf speech",
        action=turn.action,
        method="POST",
        language=turn.voice.language,
        speech_model=turn.listening.speech_model,
        speech_timeout=str(turn.listening.speech_timeout),
        timeout=turn.listening.timeout,
        num_digits=turn.listening.num_digits,
        hints=",".join(turn.listening.hints),
        action_on_empty_result=True,
        profanity_filter=False,
    )


def _key_gather(turn: Ask) -> Gather:
    return Gather(
        input="dtmf",
        action=turn.action,
        method="POST",
        timeout=KEY_SECONDS,
        num_digits=1,
        action_on_empty_result=True,
    )


@render.register
def _tell(turn: Tell) -> str:
    response = VoiceResponse()
    _say(response, turn.sentences, turn.voice)
    response.hangup()
    return str(response)


@render.register
def _connect(turn: Connect) -> str:
    """The number stands in the document, never in a URL. Nothing is recorded: Dial's default is
    `do-not-record`, and it is said aloud here so that a default cannot change it."""
    response = VoiceResponse()
    _say(response, turn.sentences, turn.voice)
    dial = Dial(
        caller_id=settings.TWILIO["FROM_NUMBER"],
        timeout=turn.ring_seconds,
        time_limit=turn.longest_seconds,
        action=turn.done,
        method="POST",
        record="do-not-record",
    )
    dial.number(
        twilio_client.e164(turn.phone),
        status_callback=twilio_client.public_url(turn.progress),
        status_callback_method="POST",
        status_callback_event=LEG_EVENTS,
    )
    response.append(dial)
    return str(response)


def _say(where: VoiceResponse | Gather, sentences: tuple[str, ...], voice: Voice) -> None:
    for sentence in sentences:
        if voice.rate == "100%":
            where.say(sentence, language=voice.language, voice=voice.name)
            continue
        say = Say(language=voice.language, voice=voice.name)
        say.prosody(sentence, rate=voice.rate)
        where.append(say)


def hear(request: HttpRequest) -> Heard:
    """What a (verified) callback of Twilio says. Odd values become empty ones."""
    post = request.POST
    leg = "ParentCallSid" in post
    return Heard(
        sid=post.get("ParentCallSid" if leg else "CallSid", ""),
        status="" if leg else post.get("CallStatus", ""),
        sequence=whole(post.get("SequenceNumber", "")),
        digits=post.get("Digits", "").strip(),
        speech=post.get("SpeechResult", "").strip(),
        confidence=_share(post.get("Confidence", "")),
        answered_by=post.get("AnsweredBy", ""),
        leg_sid=post.get("CallSid", "") if leg else post.get("DialCallSid", ""),
        leg_status=post.get("CallStatus" if leg else "DialCallStatus", ""),
    )


def whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _share(text: str) -> float | None:
    """Confidence 0..1; None when there is none: an exact 0 is what a model without one sends."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 < value <= 1 else None
