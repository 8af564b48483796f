"""The rules of enrolment as data: who may enter, and which step may follow which.

The same table allows an action, enables its button and draws the diagram in the documents.
"""

from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role

MINIMUM_AGE = 40
HANDOVER_AGE = 65  # from this birthday on, services for the elderly take over
LEARNING_DAYS = 60


class State(TextChoices):
    APPLIED = "applied", _("신청")
    UNDER_REVIEW = "under_review", _("심사")
    LEARNING = "learning", _("학습")
    ACTIVE = "active", _("관제")
    PAUSED = "paused", _("중지")
    ENDED = "ended", _("종료")


class Event(TextChoices):
    APPLY = "apply", _("신청")
    REVIEW = "review", _("심사 시작")
    START_LEARNING = "start_learning", _("학습 시작")
    ACTIVATE = "activate", _("관제 시작")
    PAUSE = "pause", _("잠시 멈춤")
    RESUME = "resume", _("다시 시작")
    END = "end", _("종료")
    REAPPLY = "reapply", _("다시 신청")


class PauseReason(TextChoices):
    REQUEST = "request", _("본인이 원함")
    LONG_STAY = "long_stay", _("오래 집을 비움")
    EQUIPMENT = "equipment", _("계량기·휴대폰 교체")


class RevealReason(TextChoices):
    """Why somebody looks behind the mask. Chosen, never typed: the log holds no words of ours."""

    CALL = "call", _("전화하려고")
    VISIT = "visit", _("찾아가려고")
    EMERGENCY = "emergency", _("위급 상황")
    CORRECT = "correct", _("적힌 내용을 확인하거나 고치려고")
    RESIDENT_ASKS = "resident_asks", _("본인이 열람을 청구함")


class EndReason(TextChoices):
    WITHDREW = "withdrew", _("본인이 그만둠")
    HANDED_OVER = "handed_over", _("만 65세 인계")
    MOVED = "moved", _("다른 곳으로 이사")
    NOT_ALONE = "not_alone", _("함께 살게 됨")
    FACILITY = "in_facility", _("시설 입소")
    NOT_ELIGIBLE = "not_eligible", _("심사에서 맞지 않음")
    DIED = "died", _("사망")


TRANSITIONS: dict[tuple[str, str], str] = {
    ("", Event.APPLY): State.APPLIED,
    (State.APPLIED, Event.REVIEW): State.UNDER_REVIEW,
    (State.UNDER_REVIEW, Event.START_LEARNING): State.LEARNING,
    (State.LEARNING, Event.ACTIVATE): State.ACTIVE,
    (State.LEARNING, Event.PAUSE): State.PAUSED,
    (State.ACTIVE, Event.PAUSE): State.PAUSED,
    # Habits change while nobody looks, so a paused home learns again before it is watched.
    (State.PAUSED, Event.RESUME): State.LEARNING,
    (State.APPLIED, Event.END): State.ENDED,
    (State.UNDER_REVIEW, Event.END): State.ENDED,
    (State.LEARNING, Event.END): State.ENDED,
    (State.ACTIVE, Event.END): State.ENDED,
    (State.PAUSED, Event.END): State.ENDED,
    (State.ENDED, Event.REAPPLY): State.APPLIED,
}

WATCHED_STATES: frozenset[str] = frozenset({State.LEARNING, State.ACTIVE})

_CLERKS = frozenset({Role.TOWNSHIP_CLERK.value, Role.COUNTY_OFFICIAL.value})

# Who may fire an event. The portal itself (no user) may only finish the learning.
MAY_FIRE: dict[str, frozenset[str]] = {event.value: _CLERKS for event in Event}
PORTAL_MAY_FIRE: frozenset[str] = frozenset({Event.ACTIVATE.value})

# Who may see a resident's page, and who may change what stands on it.
READERS: tuple[Role, ...] = (
    Role.TOWNSHIP_CLERK,
    Role.COUNTY_OFFICIAL,
    Role.CONTROL_OPERATOR,
    Role.PRIVACY_OFFICER,
)
WRITERS: tuple[Role, ...] = (Role.TOWNSHIP_CLERK, Role.COUNTY_OFFICIAL)
# An operator must be able to call and to send somebody; the privacy officer reads logs instead.
REVEALERS: tuple[Role, ...] = (*WRITERS, Role.CONTROL_OPERATOR)
# An operator hears on the telephone that somebody is away, or is back.
ABSENCE_WRITERS: tuple[Role, ...] = (*WRITERS, Role.CONTROL_OPERATOR)


class Refused(Exception):
    """An action that the rules do not allow. `str()` is a Korean sentence for the page."""

    def __init__(self, message: object) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message)


def next_state(state: str, event: str) -> str | None:
    """The state that `event` leads to, or None where the table has no such step."""
    return TRANSITIONS.get((state, event))


def events_from(state: str, roles: frozenset[str]) -> list[str]:
    """Events these roles may fire in this state, in the order of the table."""
    return [event for (origin, event) in TRANSITIONS if origin == state and roles & MAY_FIRE[event]]


def age_on(born: date, on: date) -> int:
    """Full years (만 나이)."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def turns_65_month(born: date) -> date:
    """First day of the month in which the person turns 65."""
    return date(born.year + HANDOVER_AGE, born.month, 1)


def check_eligible(*, born: date, lives_alone: bool, on: date) -> None:
    """Raise `Refused` with the reason unless the person may enter on the day `on`."""
    if born > on:
        raise Refused(_("생년월일이 오늘보다 뒤입니다. 다시 확인해 주세요."))
    age = age_on(born, on)
    if age < MINIMUM_AGE:
        raise Refused(
            _("만 %(age)d세입니다. 만 40세부터 64세까지 가입할 수 있습니다.") % {"age": age}
        )
    if age >= HANDOVER_AGE:
        raise Refused(
            _(
                "만 %(age)d세입니다. 만 40세부터 64세까지 가입할 수 있습니다. "
                "만 65세부터는 노인 돌봄 서비스로 안내해 주세요."
            )
            % {"age": age}
        )
    if not lives_alone:
        raise Refused(_("혼자 사는 분만 가입할 수 있습니다."))
