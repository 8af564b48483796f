"""The codes of the programme with their Korean words: what a caller keys in, what a responder
finds, why a case ends, what the log says. Their meaning for the machines is in dispatch.rules.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeclineReason(models.TextChoices):
    ON_OTHER_CALL = "on_other_call", _("다른 출동 중")
    FAR_AWAY = "far_away", _("너무 멀리 있음")
    OFF_DUTY = "off_duty", _("근무 시간 아님")
    VEHICLE = "vehicle", _("차량 문제")
    ILL = "ill", _("몸이 아픔")
    UNSAFE = "unsafe", _("혼자 가기 위험함")


class Company(models.TextChoices):
    """Who comes along on a visit (`Visit.company`); never a name. Not said is the empty text."""

    COLLEAGUE = "colleague", _("동료 직원")
    VILLAGE_HEAD = "village_head", _("이장·통장")
    RESCUE = "rescue", _("경찰·119")
    FAMILY = "family", _("가족·이웃")
    ALONE = "alone", _("혼자")


class FoundState(models.TextChoices):
    """방문 결과. What stood before the responder's eyes."""

    MET_SAFE = "met_safe", _("대면-안전")
    MET_NEEDS_HELP = "met_needs_help", _("대면-도움 필요")
    EMS_119 = "ems_119", _("119 이송")
    NEIGHBOUR_CONFIRMED = "neighbour_confirmed", _("부재-이웃확인")
    ABSENT_REVISIT = "absent_revisit", _("부재-재방문")
    WRONG_ADDRESS = "wrong_address", _("주소불일치")
    FORCED_ENTRY = "forced_entry", _("개문")
    DEATH = "death", _("사망 확인")
    REFUSED = "refused", _("방문 거부")


# After these a responder may close the case from the field; the others go back to the operator.
FINAL_FOUND: frozenset[str] = frozenset(
    {FoundState.MET_SAFE, FoundState.EMS_119, FoundState.NEIGHBOUR_CONFIRMED, FoundState.DEATH}
)
FOUND_TROUBLE: frozenset[str] = frozenset(
    {FoundState.MET_NEEDS_HELP, FoundState.EMS_119, FoundState.DEATH}
)


class CallResult(models.TextChoices):
    """통화 결과 an operator keys in after a call made by hand."""

    SAFE = "safe", _("통화-안전")
    HELP = "help", _("통화-도움요청")
    RISK = "risk", _("통화-위험발화")
    NO_ANSWER = "no_answer", _("무응답")
    BUSY = "busy", _("통화중")
    POWER_OFF = "power_off", _("전원꺼짐")
    REJECTED = "rejected", _("수신거부")
    BAD_NUMBER = "bad_number", _("결번·번호변경")
    NOT_PERSON = "not_person", _("본인 아님")
    VOICEMAIL = "voicemail", _("음성사서함")
    TEXT_REPLY = "text_reply", _("문자응답")


CALL_URGENT: frozenset[str] = frozenset({CallResult.HELP, CallResult.RISK})


# ── calls ────────────────────────────────────────────────────────────────────
class CallStatus(models.TextChoices):
    """What the telephone company says (its own words), and two words of ours before it speaks."""

    DIALLING = "dialling", _("거는 중")  # attempt committed, request not answered yet
    UNKNOWN = "unknown", _("결과 모름")  # we cannot know whether the company took the request
    QUEUED = "queued", _("접수됨")
    INITIATED = "initiated", _("발신")
    RINGING = "ringing", _("벨 울림")
    IN_PROGRESS = "in-progress", _("통화 중")
    COMPLETED = "completed", _("통화 끝남")
    BUSY = "busy", _("통화중")
    NO_ANSWER = "no-answer", _("무응답")
    FAILED = "failed", _("연결 안 됨")
    CANCELED = "canceled", _("취소됨")


STATUS_RANK: dict[str, int] = {
    CallStatus.DIALLING: 0,
    CallStatus.UNKNOWN: 0,
    CallStatus.QUEUED: 1,
    CallStatus.INITIATED: 2,
    CallStatus.RINGING: 3,
    CallStatus.IN_PROGRESS: 4,
    CallStatus.COMPLETED: 5,
    CallStatus.BUSY: 5,
    CallStatus.NO_ANSWER: 5,
    CallStatus.FAILED: 5,
    CallStatus.CANCELED: 5,
}
FINAL_RANK = 5
LOST, UNSURE = "lost", "unsure"
"""Our own error codes of a request of unknown end: the company has no call of it; it has calls, and
nobody can say which."""
NEVER_SEEN = frozenset({LOST, UNSURE})
LIVE_STATUSES: frozenset[str] = frozenset(s for s, rank in STATUS_RANK.items() if rank < FINAL_RANK)


class CallOutcome(models.TextChoices):
    """What was understood: never derived from the status alone, never "safe" by itself."""

    OK = "ok", _("1번: 괜찮음")
    SAID_OK = "said_ok", _("괜찮다고 말함")
    HELP = "help", _("도움 요청")
    RISK = "risk", _("죽음·자해를 말함")
    SPEECH = "speech", _("말로 대답함")
    UNCLEAR = "unclear", _("다른 번호를 누름")
    NOT_PERSON = "not_person", _("본인이 아닌 사람이 받음")
    LATER = "later", _("나중에 걸어 달라고 함")
    REFUSE = "refuse", _("대답하지 않겠다고 함")
    AWAY = "away", _("집을 떠나 있다고 함")
    SILENT = "silent", _("받았으나 대답 없음")
    VOICEMAIL = "voicemail", _("음성사서함")
    NOT_REACHED = "not_reached", _("받지 않음")
    NOT_PLACED = "not_placed", _("걸리지 않음")
    BAD_NUMBER = "bad_number", _("없는 번호")
    CONNECTED = "connected", _("사람끼리 연결됨")


# An outcome is only ever replaced by a stronger one: callbacks come late and out of order. From
# "ok" on it is an answer about the person and stands on the case too.
OUTCOME_RANK: dict[str, int] = {
    "": 0,
    CallOutcome.NOT_PLACED: 1,
    CallOutcome.NOT_REACHED: 1,
    CallOutcome.BAD_NUMBER: 1,
    CallOutcome.SILENT: 1,
    CallOutcome.CONNECTED: 1,
    CallOutcome.VOICEMAIL: 2,
    CallOutcome.LATER: 3,
    CallOutcome.OK: 4,
    CallOutcome.SAID_OK: 4,
    CallOutcome.REFUSE: 5,
    CallOutcome.AWAY: 5,
    CallOutcome.NOT_PERSON: 5,
    CallOutcome.UNCLEAR: 6,
    CallOutcome.SPEECH: 7,
    CallOutcome.HELP: 8,
    CallOutcome.RISK: 9,
}
# Somebody said or pressed something that only a person may judge.
NEEDS_PERSON: frozenset[str] = frozenset(
    {
        CallOutcome.REFUSE,
        CallOutcome.AWAY,
        CallOutcome.NOT_PERSON,
        CallOutcome.UNCLEAR,
        CallOutcome.SPEECH,
        CallOutcome.HELP,
        CallOutcome.RISK,
    }
)
# Before everything else in the queue.
CRISIS: frozenset[str] = frozenset({CallOutcome.HELP, CallOutcome.RISK})


# ── closing ──────────────────────────────────────────────────────────────────
class CloseReason(models.TextChoices):
    OUTING = "outing", _("외출·여행")
    HOSPITAL = "hospital", _("입원·시설")
    RELATIVES = "relatives", _("친지집")
    WORK = "work", _("근무(교대)")
    SLEEP = "sleep", _("취침")
    PHONE = "phone", _("휴대폰 꺼짐·분실·교체·요금정지")
    APP = "app", _("앱 삭제·권한 해제·절전")
    POWER_CUT = "power_cut", _("정전·차단기")
    METER = "meter", _("AMI 통신장애")
    DATA_LATE = "data_late", _("데이터 지연")
    SOLAR_HEATER = "solar_heater", _("태양광·전열기 변화")
    MOVED = "moved", _("이사·세대원 증가")
    FINE = "fine", _("이상 없음(평소대로 지냄)")
    ILLNESS = "illness", _("질병")
    FALL = "fall", _("낙상")
    ALCOHOL = "alcohol", _("음주")
    SELF_HARM = "self_harm", _("자해·자살 위험")
    LIVELIHOOD = "livelihood", _("생계 위기")
    DEATH = "death", _("사망")
    DUPLICATE = "duplicate", _("중복")
    TEST = "test", _("시험")
    SETTING = "setting", _("설정 오류")


# In the order of the form: (label, codes).
CLOSE_GROUPS: dict[str, tuple[object, tuple[str, ...]]] = {
    "explained": (
        _("안전 - 까닭을 앎"),
        tuple(
            r.value
            for r in (
                CloseReason.FINE,
                CloseReason.OUTING,
                CloseReason.HOSPITAL,
                CloseReason.RELATIVES,
                CloseReason.WORK,
                CloseReason.SLEEP,
                CloseReason.PHONE,
                CloseReason.APP,
                CloseReason.POWER_CUT,
                CloseReason.METER,
                CloseReason.DATA_LATE,
                CloseReason.SOLAR_HEATER,
                CloseReason.MOVED,
            )
        ),
    ),
    "true": (
        _("실제 위기"),
        tuple(
            r.value
            for r in (
                CloseReason.ILLNESS,
                CloseReason.FALL,
                CloseReason.ALCOHOL,
                CloseReason.SELF_HARM,
                CloseReason.LIVELIHOOD,
                CloseReason.DEATH,
            )
        ),
    ),
    "system": (
        _("시스템"),
        (CloseReason.DUPLICATE.value, CloseReason.TEST.value, CloseReason.SETTING.value),
    ),
}
CLOSE_GROUP_OF: dict[str, str] = {
    code: group for group, (_label, codes) in CLOSE_GROUPS.items() for code in codes
}


class EvidenceKind(models.TextChoices):
    """Who saw or heard the person. Data that came back is no evidence: it may be the fridge."""

    SEEN = "seen", _("직접 만남")
    SPOKE = "spoke", _("본인과 통화")
    CONTACT = "contact", _("가족·이웃 등이 확인")
    MEDICAL = "medical", _("119·병원에서 확인")
    RESIDENT_KEY = "resident_key", _("본인이 AI 전화에 번호나 말로 답함")
    NONE = "none", _("사람이 확인하지 않음")


SEEN_OR_HEARD: frozenset[str] = frozenset(EvidenceKind.values) - {EvidenceKind.NONE.value}
# What a person may choose; the resident's key is written by the telephone alone.
EVIDENCE_BY_HAND: tuple[str, ...] = (
    EvidenceKind.SPOKE.value,
    EvidenceKind.SEEN.value,
    EvidenceKind.CONTACT.value,
    EvidenceKind.MEDICAL.value,
    EvidenceKind.NONE.value,
)
EVIDENCE_OF_FOUND: dict[str, str] = {
    FoundState.MET_SAFE: EvidenceKind.SEEN.value,
    FoundState.EMS_119: EvidenceKind.MEDICAL.value,
    FoundState.NEIGHBOUR_CONFIRMED: EvidenceKind.CONTACT.value,
    FoundState.DEATH: EvidenceKind.SEEN.value,
}


# ── the log ──────────────────────────────────────────────────────────────────
class EventKind(models.TextChoices):
    OPENED = "opened", _("건이 열림")
    RAISED = "raised", _("긴급으로 올라감")
    SIGNAL = "signal", _("새 신호")
    HELD = "held", _("조용한 시간이라 미룸")
    FEED_HELD = "feed_held", _("자료 사고로 보류")
    FEED_RELEASED = "feed_released", _("보류를 풂")
    CALL_STARTED = "call_started", _("AI 전화 시작")
    CALL_UNKNOWN = "call_unknown", _("전화가 걸렸는지 모름")
    CALL_FOUND = "call_found", _("걸린 전화를 찾음")
    CALL_ENDED = "call_ended", _("AI 전화 끝")
    ANSWERED = "answered", _("본인 대답")
    HUMAN_ASKED = "human_asked", _("사람에게 넘김")
    REMINDED = "reminded", _("다시 알림")
    CLAIMED = "claimed", _("맡음")
    RELEASED = "released", _("내려놓음")
    LEASE_OUT = "lease_out", _("맡은 시간이 지나 대기로")
    HANDED_OVER = "handed_over", _("넘겨줌")
    CALL_RECORDED = "call_recorded", _("통화 결과")
    NOTED = "noted", _("메모")
    VISIT_ASSIGNED = "visit_assigned", _("출동 요청")
    VISIT_ACCEPTED = "visit_accepted", _("출동 수락")
    VISIT_DECLINED = "visit_declined", _("출동 못 감")
    VISIT_DEPARTED = "visit_departed", _("출발")
    VISIT_ARRIVED = "visit_arrived", _("현장 도착")
    VISIT_COMPANY = "visit_company", _("함께 가는 사람")
    VISIT_FOUND = "visit_found", _("현장 확인 결과")
    VISIT_CANCELLED = "visit_cancelled", _("출동 취소")
    CONSENT_WITHDRAWN = "consent_withdrawn", _("동의를 거둠")
    CLOSED = "closed", _("종결")
    LATE_ANSWER = "late_answer", _("종결 뒤 들어온 대답")
    CONFIRMED = "confirmed", _("자동 종결을 사람이 확인")
    AI_STOPPED = "ai_stopped", _("AI 전화를 멈춤")
    WAIT_TOLD = "wait_told", _("전화가 밀려 기다림")
    STAFF_RUNG = "staff_rung", _("근무자에게 전화")
    STAFF_ANSWERED = "staff_answered", _("근무자가 받음")
    STAFF_MISSED = "staff_missed", _("근무자가 받지 않음")
    DESK_CALL = "desk_call", _("관제 전화 시작")
    DESK_CALL_ENDED = "desk_call_ended", _("관제 전화 끝")
    HANDOVER_OFFERED = "handover_offered", _("인계 요청")
    HANDOVER_DECLINED = "handover_declined", _("인계 거절")
    EMERGENCY_ASKED = "emergency_asked", _("119·112 확인 요청")
    ABSENCE_NOTED = "absence_noted", _("부재 입력")
    VISIT_PASSED = "visit_passed", _("다음 사람에게 출동 넘김")
    VISIT_PHOTO = "visit_photo", _("현장 사진")
    CARD_REVOKED = "card_revoked", _("출동 카드 회수")
    NEIGHBOUR_ASKED = "neighbour_asked", _("이웃에게 확인 요청")
    NEIGHBOUR_OPENED = "neighbour_opened", _("이웃이 요청을 열어 봄")
    NEIGHBOUR_SAID = "neighbour_said", _("이웃의 대답")
    FOLLOW_UP_SET = "follow_up_set", _("사후 확인 예약")
    FOLLOW_UP_DONE = "follow_up_done", _("사후 확인 마침")
    NEED_NOTED = "need_noted", _("필요한 도움 전달")
    REPORTED = "reported", _("주민 신고")


class Reporter(models.TextChoices):
    """Who says that somebody is not seen (`CaseEvent.data["reporter"]`)."""

    NEIGHBOUR = "neighbour", _("이웃")
    VILLAGE_HEAD = "village_head", _("이장·통장")
    LANDLORD = "landlord", _("임대인·관리인")
    FAMILY = "family", _("가족·친척")
    FRIEND = "friend", _("친구·지인")
    CLERK = "clerk", _("읍·면 직원")
    CALLER = "caller", _("집배원·검침원·배달원")
    OTHER = "other", _("그 밖의 사람")


class AskReason(models.TextChoices):
    """Why the engine handed a case to a person (`CaseEvent.data["reason"]`)."""

    RED = "red", _("긴급 신호")
    NO_ANSWER = "no_answer", _("AI 전화에 답이 없음")
    SAID_OK_ON_RED = "said_ok_on_red", _("괜찮다고 했으나 긴급이라 사람이 확인")
    NEEDS_CONFIRMING = "needs_confirming", _("괜찮다고 했으나 사람이 확인")
    HELP = "help", _("도움을 청함")
    RISK = "risk", _("죽음·자해를 말함")
    SPEECH = "speech", _("말로 대답함")
    UNCLEAR = "unclear", _("알 수 없는 번호를 누름")
    NOT_PERSON = "not_person", _("본인이 아닌 사람이 전화를 받음")
    LATER = "later", _("나중에 걸어 달라고 함")
    REFUSE = "refuse", _("대답하지 않겠다고 함")
    AWAY = "away", _("집을 떠나 있다고 함")
    BAD_NUMBER = "bad_number", _("없는 번호")
    LINE_DOWN = "line_down", _("전화 회선 문제")
    CALLS_DONE = "calls_done", _("AI 전화를 모두 걸었으나 답이 없음")
    STRANDED = "stranded", _("다음 단계가 없어 사람에게 넘김")
    NOT_WATCHED = "not_watched", _("가입이 멈추거나 끝나 AI 전화를 그침")
    LATE_HELP = "late_help", _("종결 뒤 도움을 청함")
    BY_HAND = "by_hand", _("사람이 직접 연 건")
    HELD_LONG = "held_long", _("자료 사고가 길어져 사람이 확인")


class ReleaseReason(models.TextChoices):
    """Why a held case goes on (`CaseEvent.data["reason"]`)."""

    FEED_BACK = "feed_back", _("자료 사고가 끝나 다시 살핌")
    TOO_LONG = "too_long", _("보류할 수 있는 시간이 지남")
    OTHER_SIGN = "other_sign", _("다른 자료에서도 조용함")
    PERSON = "person", _("사람이 맡음")
    ANSWER = "answer", _("본인이 대답함")
    REPORT = "report", _("주민이 알려 옴")
    ASKED = "asked", _("사람에게 넘김")


ASK_OF_OUTCOME: dict[str, str] = {
    CallOutcome.HELP: AskReason.HELP.value,
    CallOutcome.RISK: AskReason.RISK.value,
    CallOutcome.SPEECH: AskReason.SPEECH.value,
    CallOutcome.UNCLEAR: AskReason.UNCLEAR.value,
    CallOutcome.NOT_PERSON: AskReason.NOT_PERSON.value,
    CallOutcome.LATER: AskReason.LATER.value,
    CallOutcome.REFUSE: AskReason.REFUSE.value,
    CallOutcome.AWAY: AskReason.AWAY.value,
}
