"""The tuning page in words: sliders, marks on the curve, the month on both sides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts import county_settings
from accounts.models import SettingVersion
from dispatch.presenters.queue import list_url
from dispatch.tuning.budgets import (
    FIELDS,
    GROUPS,
    LABELS,
    LIGHTS,
    STEPS,
    Budgets,
    field_of,
    setting_name,
)
from dispatch.tuning.curve import HORIZON_HOURS, Curve, Point
from dispatch.tuning.handling import Handling
from dispatch.tuning.last_month import Cost, GroupRow, LastMonth, Tally
from households.models import RiskGroup
from monitoring import own_points

HISTORY_SHOWN = 8


def number(value: float | None) -> str:
    """`0.32`, and nothing for nothing."""
    return "" if value is None else f"{value:g}"


def rounded(value: float) -> str:
    """A number that was computed: `0.27`, `1.1`."""
    return number(float(f"{value:.2g}"))


def hours(value: float) -> str:
    """`18시간`; a collapse that nobody notices within four days is not given a number."""
    if value >= HORIZON_HOURS:
        return _("%(n)d시간 넘게") % {"n": HORIZON_HOURS}
    return _("%(n)s시간") % {"n": f"{value:.0f}"}


def minutes(value: float) -> str:
    """`35분`, `7.4시간`."""
    if value < 90:
        return _("%(n)d분") % {"n": round(value)}
    return _("%(n)s시간") % {"n": f"{value / 60:.1f}"}


def alarms(value: float) -> str:
    """Alarms of a day."""
    return f"{value:.2f}" if value < 1 else f"{value:.1f}"


@dataclass(frozen=True)
class Slider:
    """A number field and the slider beside it. `stop` is the place of the number among STEPS."""

    field: Any  # the form's bound field
    light: str
    group: str
    stop: int
    shown: str
    follows: bool  # the group follows the common number
    before: str  # the number in force
    own_before: str  # the same, empty where the group follows the common one
    changed: bool

    @property
    def value_text(self) -> str:
        return _("한 가구에 한 달 %(n)s번") % {"n": self.shown}


def sliders(form: Any, budgets: Budgets, before: Budgets, group: str = "") -> list[Slider]:
    """Both lights, for all or for one risk group."""
    found = []
    for light in LIGHTS:
        name = field_of(light, group)
        value = budgets.of(light, group or None)
        own = budgets.values.get(name)
        found.append(
            Slider(
                field=form[name],
                light=light,
                group=group,
                stop=min(range(len(STEPS)), key=lambda i: abs(STEPS[i] - value)),
                shown=number(value),
                follows=bool(group) and own is None,
                before=number(before.of(light, group or None)),
                own_before=number(before.values.get(name)),
                changed=own != before.values.get(name),
            )
        )
    return found


def group_sliders(form: Any, budgets: Budgets, before: Budgets) -> list[dict[str, Any]]:
    return [
        {
            "group": group,
            "label": RiskGroup(group).label,
            "sliders": sliders(form, budgets, before, group),
        }
        for group in GROUPS
    ]


@dataclass(frozen=True)
class Mark:
    """A choice drawn on the curve. `x` alarms a day, `y` hours until half are noticed."""

    light: str
    new: bool
    x: str
    y: str
    words: str
    detail: str


def marks(curve: Curve, before: Budgets, then: Budgets, handling: Handling) -> list[Mark]:
    """Today's common numbers and, where they differ, the ones that are tried."""
    found = []
    for light in LIGHTS:
        for budgets, new in ((before, False), (then, True)):
            point = curve.at(budgets.of(light))
            if point is None or (new and before.of(light) == then.of(light)):
                continue
            red = red_per_day(curve, budgets)
            cost = staff_minutes(point.alarms_per_day, red, handling)
            found.append(_mark(light, point, new=new, cost=cost))
    return found


def _mark(light: str, point: Point, *, new: bool, cost: float) -> Mark:
    said = {
        "light": LABELS[light],
        "hours": hours(point.median_h),
        "alarms": alarms(point.alarms_per_day),
    }
    words = (
        _("바꾸면 %(hours)s · 하루 %(alarms)s건")
        if new
        else _("지금 %(hours)s · 하루 %(alarms)s건")
    )
    detail = _("%(most)s, 놓침 %(missed)s%%, 하루 직원 %(minutes)s") % {
        "most": _nine_of_ten(point.p90_h),
        "missed": f"{point.missed * 100:.0f}",
        "minutes": minutes(cost),
    }
    return Mark(
        light=light,
        new=new,
        x=f"{point.alarms_per_day:.4f}",
        y=f"{point.median_h:.2f}",
        words=words % said,
        detail=detail,
    )


def _nine_of_ten(value: float) -> str:
    if value >= HORIZON_HOURS:
        return _("열에 하나 넘게는 %(n)d시간이 지나야 알아차림") % {"n": HORIZON_HOURS}
    return _("열에 아홉은 %(hours)s 안에 알아차림") % {"hours": hours(value)}


def staff_minutes(per_day: float, red: float, handling: Handling) -> float:
    """Minutes a day that so many signals cost, `red` among them; these go to a person at once."""
    return handling.staff_minutes(signals=per_day, red=min(red, per_day))


def red_per_day(curve: Curve, budgets: Budgets) -> float:
    """Urgent signals a day by the common budget."""
    point = curve.at(budgets.of("red"))
    return point.alarms_per_day if point is not None else 0.0


def curve_rows(curve: Curve, budgets: Budgets, handling: Handling) -> list[dict[str, str]]:
    """The table behind the curve, which is also what the chart draws. The minutes hold while the
    urgent signals stay at their common budget."""
    red = red_per_day(curve, budgets)
    return [
        {
            "budget": rounded(point.budget),
            "alarms": alarms(point.alarms_per_day),
            "x": f"{point.alarms_per_day:.4f}",
            "median": hours(point.median_h),
            "median_h": f"{point.median_h:g}",
            "p90": hours(point.p90_h),
            "p90_h": f"{point.p90_h:g}",
            "missed": f"{point.missed * 100:.0f}%",
            "missed_percent": f"{point.missed * 100:.1f}",
            "minutes": minutes(staff_minutes(point.alarms_per_day, red, handling)),
            "minutes_n": f"{staff_minutes(point.alarms_per_day, red, handling):.1f}",
        }
        for point in curve.points
    ]


def chart_words(found: Iterable[Mark]) -> str:
    """The curve as one sentence, for whoever does not see it."""
    said = "; ".join(f"{LABELS[mark.light]} {mark.words}" for mark in found)
    return _("신호가 늘수록 알아차리는 시간이 짧아지는 곡선.") + (f" {said}." if said else "")


def difference(before: float, then: float, unit: str) -> str:
    """`22건 늘어남`, `같음`."""
    gap = then - before
    if abs(gap) < 0.05:
        return str(_("같음"))
    size = f"{abs(gap):.1f}".removesuffix(".0") + unit
    return (_("%(n)s 늘어남") if gap > 0 else _("%(n)s 줄어듦")) % {"n": size}


@dataclass(frozen=True)
class Line:
    label: str
    now: str
    then: str
    difference: str


def month_lines(seen: LastMonth, handling: Handling) -> list[Line]:
    """The month on both sides: signals, urgent ones, at night, cases for people, their time."""
    was, would = Cost.of(seen.now, handling), Cost.of(seen.then, handling)
    counted = [
        (_("신호 (AI 전화)"), seen.now.signals, seen.then.signals),
        (_("그중 긴급"), seen.now.red, seen.then.red),
        (_("그중 22~07시"), seen.now.night, seen.then.night),
        (_("사람이 맡는 건"), was.people, would.people),
    ]
    lines = [
        Line(label, _count(before), _count(then), difference(round(before), round(then), _("건")))
        for label, before, then in counted
    ]
    gap = would.minutes - was.minutes
    words = _("%(n)s 늘어남") if gap > 0 else _("%(n)s 줄어듦")
    same = abs(gap) < 0.5
    lines.append(
        Line(
            _("직원 시간"),
            minutes(was.minutes),
            minutes(would.minutes),
            str(_("같음")) if same else words % {"n": minutes(abs(gap))},
        )
    )
    return lines


def _count(value: float) -> str:
    return f"{value:.0f}"


def group_lines(rows: list[GroupRow]) -> list[dict[str, Any]]:
    return [
        {
            "label": row.label,
            "homes": row.homes,
            "signals": _both(row.now, row.then, "signals"),
            "red": _both(row.now, row.then, "red"),
        }
        for row in rows
    ]


def _both(now: Tally, then: Tally, name: str) -> dict[str, int]:
    return {"now": getattr(now, name), "then": getattr(then, name)}


def gain_words(gain: int | None, *, lost: bool) -> str:
    if lost:
        return str(_("신호 없이 지나감"))
    if gain is None:
        return str(_("자료 없음"))
    if gain == 0:
        return str(_("같음"))
    return (_("%(n)d시간 빨리") if gain > 0 else _("%(n)d시간 늦게")) % {"n": abs(gain)}


def month_cases_url(seen: LastMonth) -> str:
    """The list of the cases that were really opened in the month."""
    return list_url(
        opened_from=seen.month.first.isoformat(),
        opened_to=seen.month.last.isoformat(),
        drill="no",
    )


def handling_words(handling: Handling) -> str:
    """On what the staff minutes rest, the assumed numbers said to be so."""
    if handling.own_minutes is not None:
        said = _(
            "직원 시간은 최근 여섯 달 사람이 맡은 %(n)d건의 평균 %(minutes)s로 셉니다"
            "(중앙값 %(middle)s)."
        ) % {
            "n": handling.handled,
            "minutes": minutes(handling.minutes),
            "middle": minutes(handling.middle or 0),
        }
    else:
        said = _(
            "사람이 맡은 건이 %(n)d건뿐이라 한 건에 %(minutes)s으로 어림잡습니다. "
            "공개된 값이 없습니다."
        ) % {"n": handling.handled, "minutes": minutes(handling.minutes)}
    if handling.own_share is not None:
        share = _("주의 신호 가운데 %(share)d%%가 사람에게 넘어갔습니다.")
    else:
        share = _("주의 신호의 %(share)d%%가 사람에게 넘어간다고 봅니다(용인시 2024년 1분기).")
    return f"{said} {share % {'share': round(handling.share * 100)}}"


@dataclass(frozen=True)
class Change:
    label: str
    value: str
    at: datetime
    coming: bool
    by: str
    reason: str


def history(*, now: datetime) -> list[Change]:
    """The newest versions of the budgets and of the points, coming ones first."""
    names = [own_points.SETTING, *map(setting_name, FIELDS)]
    rows = (
        SettingVersion.objects.filter(name__in=names)
        .select_related("by")
        .order_by("-valid_from", "-id")[:HISTORY_SHOWN]
    )
    return [
        Change(
            label=str(county_settings.spec(row.name).label),
            value=_value(row),
            at=row.valid_from,
            coming=row.valid_from > now,
            by=row.by.name,
            reason=row.reason,
        )
        for row in rows
    ]


def _value(row: SettingVersion) -> str:
    if row.name == own_points.SETTING:
        return str(_("맞춤") if row.value else _("모델 카드로 되돌림"))
    return number(row.value) if row.value else str(_("공통 값"))
