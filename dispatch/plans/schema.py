"""What a plan may say. One parser: the editor, the verbs and the engine all read through it.

A plan that parses brings every case to a person: each light has a ladder for everybody at every
hour, each ladder ends at the desk, and each chain ends with the county's duty official.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dispatch.models import DeskStep
from dispatch.nights import day_of
from dispatch.rules import Light
from households.models import RiskGroup
from monitoring.calendar import is_free

DAY_MINUTES = 1440
MOST_CALLS = 8
MOST_LINKS = 6
MOST_LADDERS = 24
MOST_BANDS = 8
QUIET_AT_MOST = timedelta(hours=12)
"""Whoever is silent at the beginning of the quiet hours waits for their end, without a call."""


class Who(models.TextChoices):
    """Whose duty it is; the person is looked up when the step runs (dispatch.duty)."""

    OPERATOR = "operator", gettext_lazy("다음 관제요원")
    SHIFT_LEAD = "shift_lead", gettext_lazy("근무조장")
    COUNTY_OFFICIAL = "county_official", gettext_lazy("군 당직자")


LAST_HUMAN = Who.COUNTY_OFFICIAL.value


class Jump(models.TextChoices):
    """What makes a case begin further on."""

    HELP = "help", gettext_lazy("도와 달라는 말·2번")
    RISK = "risk", gettext_lazy("자해·자살을 뜻하는 말")
    REPORT = "report", gettext_lazy("이웃의 신고")


class Days(StrEnum):
    ALL = "all"
    WORK = "work"
    FREE = "free"  # weekends and public holidays


@dataclass(frozen=True)
class Number:
    """A threshold of a ladder: what it is called, what a version that does not name it means, and
    what may be saved."""

    label: Any
    default: int
    least: int
    most: int


NUMBERS: dict[str, Number] = {
    "claim_seconds": Number(gettext_lazy("관제요원이 맡기까지의 목표(초)"), 60, 10, 3600),
    "remind_minutes": Number(gettext_lazy("첫 알림까지(분)"), 3, 1, 240),
    "ring_again_minutes": Number(
        gettext_lazy("끝까지 아무도 맡지 않으면 다시 전화하는 간격(분)"), 10, 1, 240
    ),
    "lease_minutes": Number(
        gettext_lazy("맡고 아무 일도 하지 않으면 대기로 돌아가기까지(분)"), 10, 5, 240
    ),
    "tries": Number(gettext_lazy("본인에게 거는 횟수"), 3, 1, 10),
    "later_minutes": Number(gettext_lazy("'나중에'라는 대답 뒤 다시 전화하기까지(분)"), 30, 5, 240),
    # Below half the recogniser was not sure of a single word (dispatch.understanding).
    "sure_percent": Number(gettext_lazy("'괜찮다'는 말을 믿는 음성 인식 확신(%)"), 50, 50, 100),
    "line_down_minutes": Number(
        gettext_lazy("전화 회사가 답하지 않으면 사람에게 넘기기까지(분)"), 3, 1, 60
    ),
    "visit_accept_minutes": Number(gettext_lazy("출동 수락까지(분)"), 5, 1, 60),
    "visit_on_site_minutes": Number(gettext_lazy("현장 도착까지(분)"), 45, 5, 240),
}
"""Every threshold of the engine; each ladder (risk group, time band) has its own."""


class PlanError(Exception):
    """Why a plan cannot be used: Korean sentences, one per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Band:
    """A part of the day [start, until) in Seoul, across midnight where start >= until."""

    key: str
    name: str
    start: time
    until: time
    days: Days

    def holds(self, at: datetime) -> bool:
        """Whether the moment lies in it. Equal ends: the whole day.

        A night counts as the day on which it began, as in the rota (dispatch.nights): 03:00 after
        a holiday is still the holiday's night, and 03:00 of a holiday the night of the day before.
        """
        day = day_of(timezone.localtime(at), self.start, self.until)
        if day is None:
            return False
        return self.days is Days.ALL or is_free(day) == (self.days is Days.FREE)


@dataclass(frozen=True)
class Rung:
    kind: str  # StepKind: ai_call or desk
    minutes: int


@dataclass(frozen=True)
class Link:
    """Who is rung so many minutes after a case began to wait for a person."""

    minutes: int
    who: str


@dataclass(frozen=True)
class Ladder:
    """What happens after one light, for these risk groups and bands (none named: all)."""

    light: str
    groups: tuple[str, ...]
    bands: tuple[str, ...]
    steps: tuple[Rung, ...]
    quiet: tuple[time, time] | None
    unclaimed: tuple[Link, ...]
    ring_again_minutes: int
    remind_minutes: int
    tries: int
    claim_seconds: int
    lease_minutes: int
    later_minutes: int
    sure_percent: int
    line_down_minutes: int
    visit_accept_minutes: int
    visit_on_site_minutes: int

    @property
    def for_all(self) -> bool:
        return not self.groups and not self.bands


@dataclass(frozen=True)
class Plan:
    bands: tuple[Band, ...]
    ladders: tuple[Ladder, ...]
    jumps: dict[str, str] = field(hash=False)

    def bands_at(self, at: datetime) -> tuple[str, ...]:
        return tuple(band.key for band in self.bands if band.holds(at))

    def ladder(self, *, light: str, group: str | None, at: datetime) -> Ladder:
        """The first ladder that fits; a plan that parsed has one for everybody."""
        return self.choose(light=light, group=group, bands=self.bands_at(at))

    def choose(self, *, light: str, group: str | None, bands: tuple[str, ...]) -> Ladder:
        for ladder in self.ladders:
            fits = not ladder.groups or group in ladder.groups
            if (
                ladder.light == light
                and fits
                and (not ladder.bands or any(key in bands for key in ladder.bands))
            ):
                return ladder
        raise LookupError(light)


def within_limits(body: dict[str, Any]) -> dict[str, Any]:
    """A body as it may have been saved before there was a limit: of quiet hours only the last
    twelve hold, a number is the nearest one that may be saved. A stored plan must stay readable,
    or no case could open."""
    ladders = [
        {**row, **_nearest(row), "quiet": _shortened(row.get("quiet"))} for row in body["ladders"]
    ]
    return {**body, "ladders": ladders}


def _nearest(row: dict[str, Any]) -> dict[str, int]:
    """The numbers that stand in a stored ladder, within their limits."""
    return {
        name: min(max(row[name], number.least), number.most)
        for name, number in NUMBERS.items()
        if isinstance(row.get(name), int)
    }


def _shortened(span: list[str] | None) -> list[str] | None:
    if span is None:
        return None
    start, until = (time.fromisoformat(text) for text in span)
    if _length(start, until) <= QUIET_AT_MOST:
        return span
    last = _day_of(until) - QUIET_AT_MOST
    return [last.strftime("%H:%M"), span[1]]


def _length(start: time, until: time) -> timedelta:
    """Of a daily span, also across midnight. Equal ends: none."""
    return (_day_of(until) - _day_of(start)) % timedelta(days=1)


def _day_of(moment: time) -> datetime:
    return datetime.combine(datetime(2000, 1, 2), moment)


def parse(body: Any) -> Plan:
    """The plan of this JSON. Raises PlanError with every fault there is."""
    reader = _Reader()
    plan = reader.plan(body)
    if reader.faults or plan is None:
        raise PlanError(reader.faults or [_("대응 계획을 읽을 수 없습니다.")])
    return plan


@lru_cache(maxsize=16)
def parse_text(text: str) -> Plan:
    """As `parse`, of JSON text; a version that is read again and again is parsed once."""
    return parse(json.loads(text))


class _Reader:
    """Reads one body and collects every fault on the way."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def say(self, where: str, what: str) -> None:
        self.faults.append(f"{where}: {what}" if where else what)

    # ── the parts ────────────────────────────────────────────────────────────
    def plan(self, body: Any) -> Plan | None:
        if not isinstance(body, dict) or set(body) != {"bands", "ladders", "jumps"}:
            self.say("", _("대응 계획을 읽을 수 없습니다."))
            return None
        bands = tuple(self._some(body["bands"], MOST_BANDS, self._band))
        keys = [band.key for band in bands]
        if len(set(keys)) != len(keys):
            self.say("", _("시간대 이름표가 겹칩니다."))
        ladders = tuple(
            self._some(body["ladders"], MOST_LADDERS, lambda one, n: self._ladder(one, n, keys))
        )
        for light in Light:
            mine = [ladder for ladder in ladders if ladder.light == light]
            if not mine or not mine[-1].for_all:
                self.say(
                    str(light.label),
                    _("마지막 줄은 모든 위험군과 모든 시간대를 위한 것이어야 합니다."),
                )
            if any(ladder.for_all for ladder in mine[:-1]):
                self.say(str(light.label), _("모두를 위한 줄 뒤의 줄은 쓰이지 않습니다."))
        return Plan(bands, ladders, self._jumps(body["jumps"]))

    def _some(self, rows: Any, most: int, read: Any) -> Iterator[Any]:
        if not isinstance(rows, list) or len(rows) > most:
            self.say("", _("줄이 너무 많거나 읽을 수 없습니다."))
            return
        for number, row in enumerate(rows, start=1):
            found = read(row, number) if isinstance(row, dict) else None
            if found is None:
                self.say("", _("%(n)s번째 줄을 읽을 수 없습니다.") % {"n": number})
            else:
                yield found

    def _band(self, row: dict[str, Any], _number: int) -> Band | None:
        try:
            return Band(
                key=self._name(row["key"], 20),
                name=self._name(row["name"], 20),
                start=_time(row["from"]),
                until=_time(row["until"]),
                days=Days(row["days"]),
            )
        except (KeyError, TypeError, ValueError):
            return None

    def _name(self, text: Any, most: int) -> str:
        if not isinstance(text, str) or not 1 <= len(text.strip()) <= most:
            raise ValueError
        return text.strip()

    def _ladder(self, row: dict[str, Any], number: int, bands: list[str]) -> Ladder | None:
        try:
            light = Light(row["light"])
            groups, mine = tuple(row["groups"]), tuple(row["bands"])
            if set(groups) - set(RiskGroup.values) or set(mine) - set(bands):
                return None
            where = f"{light.label} {number}"
            return Ladder(
                light=light.value,
                groups=groups,
                bands=mine,
                steps=self._steps(row["steps"], light, where),
                quiet=self._quiet(row["quiet"], light, where),
                unclaimed=self._chain(row["unclaimed"], where),
                **{name: self._number(row, name, where) for name in NUMBERS},
            )
        except (KeyError, TypeError, ValueError):
            return None

    def _number(self, row: dict[str, Any], name: str, where: str) -> int:
        number = NUMBERS[name]
        value = _whole(row.get(name, number.default))
        if not number.least <= value <= number.most:
            words = _("%(what)s: %(least)d 이상 %(most)d 이하여야 합니다.")
            limits = {"what": number.label, "least": number.least, "most": number.most}
            self.say(where, words % limits)
        return value

    def _steps(self, rows: Any, light: Light, where: str) -> tuple[Rung, ...]:
        steps = tuple(Rung(str(row["kind"]), _whole(row["minutes"])) for row in rows)
        calls = [step.minutes for step in steps if step.kind == "ai_call"]
        desks = [step.minutes for step in steps if step.kind == "desk"]
        if len(calls) + len(desks) != len(steps) or len(desks) != 1:
            self.say(where, _("관제로 넘기는 단계가 하나 있어야 합니다."))
            return steps
        if calls != sorted(set(calls)) or len(calls) > MOST_CALLS:
            self.say(where, _("AI 전화 시각은 커지는 분으로 8개까지 적어 주세요."))
        if any(not 0 <= minutes <= DAY_MINUTES for minutes in calls + desks):
            self.say(where, _("시각은 0분에서 1440분 사이여야 합니다."))
        if light is Light.RED and desks != [0]:
            self.say(where, _("긴급은 곧바로 관제로 넘어갑니다(0분)."))
        if light is Light.YELLOW and calls and desks[0] < calls[-1]:
            self.say(where, _("관제로 넘기는 때는 마지막 AI 전화보다 앞설 수 없습니다."))
        return tuple(sorted(steps, key=lambda step: (step.minutes, step.kind)))

    def _quiet(self, span: Any, light: Light, where: str) -> tuple[time, time] | None:
        if span is None:
            return None
        start, until = (_time(text) for text in span)
        if light is Light.RED:
            self.say(where, _("긴급에는 조용한 시간이 없습니다."))
        if _length(start, until) > QUIET_AT_MOST:
            self.say(
                where,
                _(
                    "조용한 시간은 하루 12시간을 넘을 수 없습니다. "
                    "그동안에는 아무에게도 전화하지 않습니다."
                ),
            )
        return start, until

    def _chain(self, rows: Any, where: str) -> tuple[Link, ...]:
        links = tuple(Link(_whole(row["minutes"]), str(Who(row["who"]).value)) for row in rows)
        minutes = [link.minutes for link in links]
        if (
            minutes != sorted(set(minutes))
            or len(links) > MOST_LINKS
            or (minutes and not 1 <= minutes[0] <= minutes[-1] <= DAY_MINUTES)
        ):
            self.say(where, _("아무도 맡지 않을 때의 시각은 커지는 분으로 6개까지 적어 주세요."))
        if not links or links[-1].who != LAST_HUMAN:
            self.say(where, _("마지막에는 반드시 군 당직자에게 전화해야 합니다."))
        return links

    def _jumps(self, row: Any) -> dict[str, str]:
        good = (
            isinstance(row, dict)
            and set(row) == set(Jump.values)
            and set(row.values()) <= set(DeskStep.values)
        )
        if not good:
            self.say("", _("위기 말과 신고에서 갈 단계를 골라 주세요."))
            return {}
        return dict(row)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(value)
    return value


def _time(text: str) -> time:
    """A time of day in Seoul. One with a zone cannot be compared with the clock on the wall."""
    moment = time.fromisoformat(text)
    if moment.tzinfo is not None:
        raise ValueError(text)
    return moment
