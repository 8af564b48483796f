"""Hints as a clerk reads them: whom to visit, which data to put right, and by which page."""

from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from households.models import Feed, Household
from monitoring.models import Decline, NoteState, Suggestion, SuggestionKind
from ui import words


@dataclass(frozen=True)
class Note:
    """`url`: the page on which it is put right; empty where being asked for is all there is.

    `decide`: the address that takes `state` and `note`.
    """

    row: Decline | Suggestion
    title: str
    reasons: list[str]
    since: str
    decide: str
    url: str = ""
    go: str = ""
    done: str = ""
    decided: str = field(default="")

    @property
    def household(self) -> Household:
        return self.row.household

    @property
    def is_open(self) -> bool:
        return self.row.state == NoteState.OPEN


def of(household: Household, *, now: datetime) -> list[Note]:
    """Open hints of one home; two queries."""
    declines = Decline.objects.filter(household=household).still_open()
    suggestions = Suggestion.objects.filter(household=household).still_open()
    return [
        *(decline(row, now=now) for row in declines.select_related("household")),
        *(suggestion(row, now=now) for row in suggestions.select_related("household")),
    ]


def decline(row: Decline, *, now: datetime) -> Note:
    return Note(
        row=row,
        title=_("한번 방문해 볼 분"),
        reasons=[str(reason) for reason in row.reasons],
        since=_("%(ago)s부터 목록에 있음") % {"ago": words.day(row.found_at)},
        decide=reverse("monitoring:decide_decline", args=[row.pk]),
        done=_("방문·통화함"),
        decided=_decided(row),
    )


def suggestion(row: Suggestion, *, now: datetime) -> Note:
    url, go, done, said = _way(row)
    return Note(
        row=row,
        title=str(row.get_kind_display()),
        reasons=[said],
        since=_("%(day)s에 끝난 건에서") % {"day": words.day(row.made_at)},
        decide=reverse("monitoring:decide_suggestion", args=[row.pk]),
        url=url,
        go=go,
        done=done,
        decided=_decided(row),
    )


def _way(row: Suggestion) -> tuple[str, str, str, str]:
    """(address, its words, the words for "done", what happened) by kind."""
    uid = row.household.uid
    if row.kind == SuggestionKind.ABSENCE:
        return (
            reverse("households:plan_absence", args=[uid]),
            _("부재 등록하기"),
            _("부재를 등록함"),
            _("집을 비운 것이었습니다. 부재를 적어 두면 그동안 전화하지 않습니다."),
        )
    if row.kind == SuggestionKind.PHONE_CHANGE:
        return (
            reverse("households:link", args=[uid, Feed.APP.value]),
            _("새 휴대폰 연결하기"),
            _("새로 연결함"),
            _("휴대폰이 바뀌었거나 고장이었습니다. 새 기기를 연결해야 자료가 다시 옵니다."),
        )
    return (
        "",
        "",
        _("점검을 요청함"),
        _("계량기 자료가 틀린 것 같습니다. 한국전력에 점검을 요청하고 적어 둡니다."),
    )


def _decided(row: Decline | Suggestion) -> str:
    if row.state == NoteState.OPEN or row.decided_at is None:
        return ""
    who = row.decided_by.name if row.decided_by else _("포털")
    said = f"{row.get_state_display()} · {words.day(row.decided_at)} {who}"
    return f"{said} · {row.note}" if row.note else said
