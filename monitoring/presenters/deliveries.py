"""Receipts as a clerk reads them: counts in words, reasons in Korean, what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from households.models import Feed
from monitoring.feed_health import FeedHealth
from monitoring.intake.feeds import ACCEPTED_FEEDS
from monitoring.intake.refusals import LABELS
from monitoring.models import Delivery
from ui import words

Text = str | Promise

ICONS = {Feed.POWER.value: "power", Feed.TELECOM.value: "telecom", Feed.APP.value: "app"}

# Beginnings of the English reasons (for the partner) and what they mean (for the county).
REASONS: tuple[tuple[str, Text], ...] = (
    ("a number", gettext_lazy("사용량이 숫자가 아닙니다.")),
    ("0 or more", gettext_lazy("사용량이 음수입니다.")),
    ("at most", gettext_lazy("한 가구가 한 시간에 쓸 수 없는 양입니다.")),
    ("a time that is not in the future", gettext_lazy("아직 오지 않은 시각입니다.")),
    ("the start of", gettext_lazy("정시나 15분 단위 시각이 아닙니다.")),
    ("a time since", gettext_lazy("2000년 전의 시각입니다. 계량기 시계가 틀린 것 같습니다.")),
    ("a time like", gettext_lazy("시각으로 읽을 수 없습니다.")),
    ("one value per", gettext_lazy("같은 시각에 서로 다른 값이 여러 개 있습니다.")),
    ("a meter number", gettext_lazy("고객번호가 비었거나 너무 깁니다.")),
    ("as many fields", gettext_lazy("칸 수가 첫 줄과 다릅니다.")),
)
COLUMNS: dict[str, Text] = {
    "meter_id": gettext_lazy("고객번호"),
    "read_at": gettext_lazy("검침일시"),
    "kwh": gettext_lazy("사용량"),
}
COUNTS: tuple[tuple[str, Text, Text], ...] = (
    ("accepted", gettext_lazy("새로 받음"), ""),
    ("unchanged", gettext_lazy("그대로"), gettext_lazy("이미 받은 값과 같습니다.")),
    ("corrected", gettext_lazy("고침"), gettext_lazy("앞서 받은 값을 새 값으로 바꾸었습니다.")),
    ("rejected", gettext_lazy("오류"), gettext_lazy("저장하지 않았습니다.")),
    ("unknown", gettext_lazy("모르는 번호"), gettext_lazy("번호만 따로 두고 값은 버렸습니다.")),
    ("no_consent", gettext_lazy("동의 없음"), gettext_lazy("세기만 하고 저장하지 않았습니다.")),
)
# What the table of the list draws the eye to; the rest recedes.
_WARNING = ("rejected", "unknown", "no_consent")


@dataclass(frozen=True)
class FeedCard:
    label: Text
    icon: str
    words: str
    detail: str
    tag: str
    tag_kind: str


def feed_cards(health: Mapping[str, FeedHealth], *, now: datetime) -> list[FeedCard]:
    return [_card(Feed(feed), state, now) for feed, state in health.items()]


def _card(feed: Feed, state: FeedHealth, now: datetime) -> FeedCard:
    icon = ICONS[feed.value]
    if feed.value not in ACCEPTED_FEEDS:
        return FeedCard(feed.label, icon, _("아직 받지 않는 자료입니다."), "", _("준비 중"), "")
    if state["last_delivery_s"] is None:
        return FeedCard(feed.label, icon, _("아직 온 파일이 없습니다."), "", _("기다림"), "")
    last = now - timedelta(seconds=state["last_delivery_s"])
    until = datetime.fromisoformat(state["data_until"]) if state["data_until"] else None
    said = _("마지막 파일 %(ago)s") % {"ago": words.ago(last, now)}
    detail = ""
    if until is not None:
        detail = _("%(until)s까지의 자료가 와 있습니다.") % {"until": words.moment(until)}
    if state["late"]:
        return FeedCard(feed.label, icon, said, detail, _("늦음"), "warn")
    return FeedCard(feed.label, icon, said, detail, _("제때 옴"), "ok")


@dataclass(frozen=True)
class Row:
    delivery: Delivery
    result: Text
    kind: str
    notes: list[str]


def row(delivery: Delivery) -> Row:
    if delivery.refused:
        reason = LABELS.get(delivery.refusal, delivery.refusal_detail)
        return Row(delivery, delivery.get_state_display(), "bad", [str(reason)])
    notes = [
        f"{label} {words_of(count)}"
        for name, label, _help in COUNTS
        if name in _WARNING and (count := getattr(delivery, name))
    ]
    return Row(delivery, delivery.get_state_display(), "warn" if notes else "ok", notes)


def words_of(count: int) -> str:
    return _("%(n)s행") % {"n": f"{count:,}"}


@dataclass(frozen=True)
class Rejected:
    line: int
    column: Text
    value: str
    reason: Text


@dataclass(frozen=True)
class Receipt:
    delivery: Delivery
    counts: list[tuple[Text, int, Text, bool]]
    rejected: list[Rejected]
    more_rejected: int
    unknown: list[str]
    no_consent: list[str]
    refusal: Text
    sender: str


def receipt(delivery: Delivery) -> Receipt:
    rejected = [_rejected(error) for error in delivery.errors]
    aside = delivery.set_aside or {}
    return Receipt(
        delivery=delivery,
        counts=[
            (label, getattr(delivery, name), help_, name in _WARNING)
            for name, label, help_ in COUNTS
        ],
        rejected=rejected,
        more_rejected=delivery.rejected - len(rejected),
        unknown=aside.get("unknown", []),
        no_consent=aside.get("no_consent", []),
        refusal=LABELS.get(delivery.refusal, delivery.refusal_detail) if delivery.refused else "",
        sender=_sender(delivery),
    )


def _sender(delivery: Delivery) -> str:
    if delivery.token is not None:
        return delivery.token.organisation.name
    return delivery.by.name if delivery.by else ""


def _rejected(error: dict[str, Any]) -> Rejected:
    expected = str(error.get("expected", ""))
    reason = next((korean for begin, korean in REASONS if expected.startswith(begin)), expected)
    column = str(error.get("column") or "")
    return Rejected(
        line=int(error.get("row", 0)),
        column=COLUMNS.get(column, column),
        value=str(error.get("value", "")),
        reason=reason,
    )
