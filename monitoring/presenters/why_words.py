"""The head of the household page: why the light is what it is, and when life was last seen."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from households.models import Household
from households.rules import WATCHED_STATES
from monitoring import standing
from monitoring.feed_telling import NAMES
from monitoring.models import HouseholdState
from ui import words


@dataclass(frozen=True)
class Why:
    title: str
    since: str
    reasons: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)


def of(household: Household, state: HouseholdState | None, *, now: datetime) -> Why:
    if household.enrolment.state not in WATCHED_STATES:
        return Why(
            title=_("지켜보고 있지 않습니다"),
            since="",
            reasons=[_("가입 단계가 학습이나 관제일 때만 신호등이 켜집니다.")],
        )
    if state is None:
        return Why(
            title=_title("grey"),
            since="",
            reasons=[_("아직 자료가 오지 않았습니다. 첫 파일이 오면 신호등이 켜집니다.")],
        )
    return Why(
        title=_title(state.light),
        since=_("%(at)s부터") % {"at": words.moment(state.since)},
        reasons=[str(reason) for reason in state.reasons],
        facts=_facts(state, now),
    )


def _title(light: str) -> str:
    return {
        "red": _("왜 긴급인가요?"),
        "yellow": _("왜 주의인가요?"),
        "grey": _("왜 자료 없음인가요?"),
        "green": _("지금 상태"),
    }[light]


def _facts(state: HouseholdState, now: datetime) -> list[str]:
    facts = []
    if state.last_sign_at is not None:
        facts.append(
            _("마지막 생활 신호 %(at)s (%(ago)s)")
            % {"at": words.moment(state.last_sign_at), "ago": words.ago(state.last_sign_at, now)}
        )
    return [*facts, *data(state)]


def data(state: HouseholdState | None) -> list[str]:
    """How far the data of a home reach, and each feed that ends before the others."""
    if state is None or state.data_until is None:
        return []
    told = [_("자료 %(at)s까지 옴") % {"at": words.moment(state.data_until)}]
    for feed, one in standing.behind(state).items():
        if one.until is not None:
            said = {"feed": NAMES[feed], "at": words.moment(one.until)}
            told.append(_("%(feed)s 자료는 %(at)s까지만 옴") % said)
        elif one.is_new:
            told.append(_("%(feed)s 자료는 아직 오지 않음") % {"feed": NAMES[feed]})
        else:
            told.append(_("%(feed)s 자료는 2주 넘게 오지 않음") % {"feed": NAMES[feed]})
    return told
