"""Households that an unknown id may belong to, in words that carry no whole name."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.models import Township
from households.models import Consent, FeedLink, Household
from households.presenters import mask_partner_id
from households.rules import State
from households.valve import PURPOSE_OF_FEED
from monitoring.models import UnknownId

SHOWN = 50


@dataclass(frozen=True)
class Home:
    """`hindrance` says why it cannot be linked now; empty: it can."""

    household: Household
    hindrance: str

    @property
    def uid(self) -> UUID:
        return self.household.uid


@dataclass(frozen=True)
class Row:
    """A line of the list: the last letters of the id, and its length, tell it from the others."""

    row: UnknownId
    masked: str
    reason: str = ""


def rows(found: list[UnknownId], reasons: dict[int, str]) -> list[Row]:
    """`reasons`: {row's key: why it was discarded}."""
    return [Row(one, masked(one), reasons.get(one.pk, "")) for one in found]


def masked(row: UnknownId) -> str:
    """`******1234 (10자리)`."""
    length = len(row.partner_id)
    return _("%(number)s (%(n)d자리)") % {"number": mask_partner_id(row.partner_id), "n": length}


def homes(
    visible: Any, *, feed: str, number: int | None, township: Township | None, on: date
) -> list[Home]:
    """At most SHOWN, by case number. Two conditions of linking are told before somebody tries."""
    purpose = PURPOSE_OF_FEED[feed]
    consents = Consent.objects.filter(
        household=OuterRef("pk"), purpose=purpose, withdrawn_at__isnull=True
    )
    links = FeedLink.objects.not_over(on).filter(household=OuterRef("pk"), feed=feed)
    found = (
        visible.exclude(enrolment__state=State.ENDED)
        .annotate(agreed=Exists(consents), taken=Exists(links))
        .select_related("township", "enrolment")
        .order_by("number")
    )
    if number is None and township is None:
        found = found.filter(agreed=True, taken=False)
    if number is not None:
        found = found.filter(number=number)
    if township is not None:
        found = found.filter(township=township)
    return [Home(one, _hindrance(one)) for one in found[:SHOWN]]


def _hindrance(household: Any) -> str:
    if not household.agreed:
        return _("동의가 없어 연결할 수 없습니다.")
    if household.taken:
        return _("다른 번호가 연결되어 있습니다. 가구 화면에서 먼저 끊어 주세요.")
    return ""


def choices(found: list[Home]) -> list[tuple[str, str]]:
    """For the radio buttons: only those that can be linked."""
    return [
        (
            str(home.uid),
            f"{home.household.label} · {home.household.masked_name} · "
            f"{home.household.township.name}",
        )
        for home in found
        if not home.hindrance
    ]
