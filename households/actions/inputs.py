"""What the verbs take: plain values, already of the right type."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Township


@dataclass(frozen=True, kw_only=True)
class PersonInput:
    """The person who enters. `phone` in any way of writing; `sex` is a `Sex` value."""

    name: str
    birth_date: date
    sex: str
    phone: str
    address: str
    township: "Township"
    lives_alone: bool = True
    access_note: str = ""
    dog: str = ""
    illness: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsentInput:
    """One agreement: `purpose` and `method` are values of `Purpose` and `ConsentMethod`.

    `on` is the day on the form; a consent of today counts from this moment.
    """

    purpose: str
    method: str
    on: date


@dataclass(frozen=True, kw_only=True)
class ContactInput:
    name: str
    phone: str
    relation: str
    may_be_told: str = "wellbeing"
    hours: str = "daytime"


@dataclass(frozen=True, kw_only=True)
class LinkInput:
    """The partner's id of this household in `feed` (`Feed` value), from the day `valid_from`."""

    feed: str
    partner_id: str
    valid_from: date
