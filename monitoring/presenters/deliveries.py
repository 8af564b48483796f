"""Receipts as a clerk reads them: counts in words, reasons in Korean, what to do next."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from households.models import Feed
from households.presenters import mask_partner_id
from monitoring import feeds
from monitoring.intake.refusals import LABELS
from monitoring.intake.words import explain
from monitoring.models import Delivery

Text = str | Promise

ICONS = {Feed.POWER.value: "power", Feed.TELECOM.value: "telecom", Feed.APP.value: "app"}

COUNTS: tuple[tuple[str, Text, Text], ...] = (
    ("accepted", gettext_lazy("새로 받음"), ""),
    ("unchanged", gettext_lazy("그대로"), gettext_lazy("이미 받은 값과 같습니다.")),
    ("corrected", gettext_lazy("고침"), gettext_lazy("앞서 받은 값을 새 값으로 바꾸었습니다.")),
    ("rejected", gettext_lazy("오류"), gettext_lazy("저장하지 않았습니다.")),
    ("unknown", gettext_lazy("모르는 번호"), gettext_lazy("번호만 따로 두고 값은 버렸습니다.")),
    ("no_consent", gettext_lazy("동의 없음"), gettext_lazy("세기만 하고 저장하지 않았습니다.")),
)
# What the table of the list draws the eye to; the rest recedes.
_FORMULA = frozenset("=+-@\t\r")
_WARNING = ("rejected", "unknown", "no_consent")


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
    column: str
    value: str
    reason: Text


@dataclass(frozen=True)
class Receipt:
    delivery: Delivery
    counts: list[tuple[Text, int, Text, bool]]
    rejected: list[Rejected]
    more_rejected: int
    unknown: list[str]
    details_gone: bool
    refusal: Text
    sender: str


def receipt(delivery: Delivery) -> Receipt:
    rejected = [_rejected(error, delivery.feed) for error in delivery.errors]
    aside = delivery.set_aside or {}
    return Receipt(
        delivery=delivery,
        counts=[
            (label, getattr(delivery, name), help_, name in _WARNING)
            for name, label, help_ in COUNTS
        ],
        rejected=rejected,
        more_rejected=delivery.rejected - len(rejected),
        unknown=[mask_partner_id(one) for one in aside.get("unknown", [])],
        details_gone=bool(delivery.rejected or delivery.unknown) and not (rejected or aside),
        refusal=LABELS.get(delivery.refusal, delivery.refusal_detail) if delivery.refused else "",
        sender=_sender(delivery),
    )


def _sender(delivery: Delivery) -> str:
    if delivery.token is not None:
        return delivery.token.organisation.name
    return delivery.by.name if delivery.by else ""


def _rejected(error: dict[str, Any], feed: str) -> Rejected:
    column = str(error.get("column") or "")
    return Rejected(
        line=int(error.get("row", 0)),
        column=_alias(feed, column),
        value=_masked(str(error.get("value", "")), column, feed),
        reason=explain(str(error.get("expected", ""))),
    )


def _masked(value: str, column: str, feed: str) -> str:
    """An id may be somebody's who never agreed, and a whole line may hold one anywhere."""
    if not column:
        return ",".join(mask_partner_id(field) for field in value.split(","))
    return mask_partner_id(value) if column == feeds.connector(feed).id_column.name else value


def _alias(feed: str, name: str) -> str:
    """The Korean heading of a column, as the partner's own file has it."""
    known = {column.name: column.alias for column in feeds.connector(feed).columns}
    return known.get(name, name)


def rejected_csv(delivery: Delivery) -> Iterator[str]:
    """The rejected rows of a receipt as CSV lines with a mark for Excel, masked as on the page."""
    yield "\ufeff" + _line([_("줄"), _("열"), _("온 값"), _("까닭"), "expected"])
    for error in delivery.errors:
        one = _rejected(error, delivery.feed)
        yield _line([str(one.line), one.column, one.value, str(one.reason), str(error["expected"])])


def _line(values: list[str]) -> str:
    """One CSV line. A value that a spreadsheet would run as a formula is led by an apostrophe."""
    into = StringIO()
    safe = [f"'{value}" if value[:1] in _FORMULA else value for value in values]
    csv.writer(into, lineterminator="\r\n").writerow(safe)
    return into.getvalue()
