"""대응 시간: months and stages in words, against the goals. Counts only, of nobody by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from dispatch import goals, times
from dispatch.goals import Goal
from dispatch.models import Case
from dispatch.presenters.queue import list_url
from dispatch.stages import LABELS, Choice
from dispatch.times import Month, Spread
from ui.words import span

MONTHS = 12
EXACT_UNTIL_S = 600
_FILTER_OF = {"light": "opened_light", "township": "township"}  # of the list of cases


def took(seconds: float | None) -> str:
    """`45초`, `3분 20초`, `12분`, `1시간 5분`; a dash where it never came to that."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if minutes > 0 and whole < EXACT_UNTIL_S and rest:
        return _("%(m)d분 %(s)d초") % {"m": minutes, "s": rest}
    return span(timedelta(seconds=whole))


@dataclass(frozen=True)
class GoalLine:
    words: str
    share: str
    met: bool | None  # None: nothing to judge
    missed: int = 0
    missed_url: str = ""


@dataclass(frozen=True)
class Stage:
    name: str
    what: str
    n: int
    url: str
    median: str
    p90: str
    few: bool
    goals: list[GoalLine]


@dataclass(frozen=True)
class Cell:
    label: str
    n: int
    url: str
    median: str
    p90: str
    missed: bool


@dataclass(frozen=True)
class MonthRow:
    key: str
    label: str
    url: str
    list_url: str
    cases: int
    cells: list[Cell]
    drills: int
    drills_url: str
    nothing: int
    nothing_url: str
    settled: bool
    is_chosen: bool


@dataclass(frozen=True)
class Page:
    """`stages` of the chosen month; `months` newest first."""

    title: str
    stages: list[Stage]
    months: list[MonthRow]
    heads: list[str]
    chosen: MonthRow


def page(*, now: datetime, light: str, township: str, month: str) -> Page:
    """The last twelve months of Seoul in two queries. `month`: `2026-07`, or else this one."""
    days = _months(timezone.localdate(now))
    known = {f"{day:%Y-%m}" for day in days}
    chosen = month if month in known else f"{days[0]:%Y-%m}"
    since, until = _start(days[-1]), now + timedelta(microseconds=1)
    aims = goals.in_force(now)
    counted = times.by_month(
        since=since,
        until=until,
        now=now,
        light=light,
        townships=[township] if township else None,
        limits={name: [goal.seconds for goal in some] for name, some in aims.items()},
    )
    found = {one.first_day: one for one in counted}
    aside = _left_out(since, light, township)
    asked = {"light": light, "township": township}
    rows = [
        _row(day, found.get(day), aside.get(day, {}), aims, asked, chosen, now=now) for day in days
    ]
    picked = next(row for row in rows if row.is_chosen)
    first = found.get(date.fromisoformat(f"{chosen}-01"))
    return Page(
        title=picked.label,
        stages=[_stage(name, first, aims.get(name, ()), picked.list_url) for name in times.NAMES],
        months=rows,
        heads=[name for name, _what in LABELS.values()],
        chosen=picked,
    )


def _months(today: date) -> list[date]:
    """First days of the last MONTHS months, this one first."""
    n = today.year * 12 + today.month - 1
    return [date((n - back) // 12, (n - back) % 12 + 1, 1) for back in range(MONTHS)]


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))


def _left_out(since: datetime, light: str, township: str) -> dict[date, dict[str, int]]:
    """Per month: drills, and cases that were closed as opened for nothing."""
    cases = Case.objects.filter(opened_at__gte=since)
    if light:
        cases = cases.filter(opened_light=light)
    if township:
        cases = cases.filter(household__township=township)
    drill = Q(drill=True)
    rows = (
        cases.filter(drill | Q(close_reason__in=times.NOT_COUNTED))
        .annotate(month=TruncMonth("opened_at"))
        .values("month")
        .annotate(drills=Count("pk", filter=drill), nothing=Count("pk", filter=~drill))
        .order_by("month")
    )
    return {timezone.localdate(row["month"]): row for row in rows}


def _row(
    day: date,
    found: Month | None,
    aside: dict[str, Any],
    aims: dict[str, tuple[Goal, ...]],
    asked: dict[str, str],
    chosen: str,
    *,
    now: datetime,
) -> MonthRow:
    key, after = f"{day:%Y-%m}", date(day.year + day.month // 12, day.month % 12 + 1, 1)
    last = after - timedelta(days=1)
    query = {name: value for name, value in asked.items() if value}
    listed = {_FILTER_OF[name]: value for name, value in query.items()}
    listed |= {"opened_from": f"{day}", "opened_to": f"{last}"}
    counted_url = list_url(**listed, drill="no", counted="yes")
    return MonthRow(
        key=key,
        label=_("%(y)d년 %(m)d월") % {"y": day.year, "m": day.month},
        url="?" + "&".join(f"{name}={value}" for name, value in {**query, "month": key}.items()),
        list_url=counted_url,
        cases=found.cases if found else 0,
        cells=_cells(found, aims, counted_url),
        drills=aside.get("drills", 0),
        drills_url=list_url(**listed, drill="only"),
        nothing=aside.get("nothing", 0),
        nothing_url=list_url(**listed, drill="no", counted="no"),
        settled=now >= _start(after) + timedelta(hours=times.SETTLED_AFTER_HOURS),
        is_chosen=key == chosen,
    )


def _cells(found: Month | None, aims: dict[str, tuple[Goal, ...]], url: str) -> list[Cell]:
    cells = []
    for name, (label, _what) in LABELS.items():
        one = _spread(found, name)
        missed = any(line.met is False for line in _goal_lines(one, aims.get(name, ()), url))
        opens = _opens(url, Choice(name))
        cells.append(Cell(label, one.n, opens, took(one.median), took(one.p90), missed))
    return cells


def _opens(url: str, choice: Choice) -> str:
    """The list of the month's cases, narrowed to those that one number counts."""
    return f"{url}&stage={choice.key}"


def _stage(name: str, found: Month | None, aims: Sequence[Goal], url: str) -> Stage:
    label, what = LABELS[name]
    one = _spread(found, name)
    return Stage(
        name=label,
        what=what,
        n=one.n,
        url=_opens(url, Choice(name)),
        median=took(one.median),
        p90=took(one.p90),
        few=0 < one.n < times.FEW,
        goals=_goal_lines(one, aims, url),
    )


def _spread(found: Month | None, name: str) -> Spread:
    return found.stages[name] if found else Spread(name, 0, None, None)


def _goal_lines(one: Spread, aims: Sequence[Goal], url: str) -> list[GoalLine]:
    """Whoever still waits beyond a goal has missed it, though its time is not known yet."""
    none = (0,) * len(aims)
    counted = zip(aims, one.within or none, one.late or none, strict=True)
    return [
        _goal_line(goal, within, one.n + late, _opens(url, Choice(one.name, place)))
        for place, (goal, within, late) in enumerate(counted)
    ]


def _goal_line(goal: Goal, within: int, n: int, url: str) -> GoalLine:
    """Rounded down, so that nothing shows as reached that was not."""
    words = _("%(time)s 안 %(percent)s%%") % {
        "time": took(goal.seconds),
        "percent": f"{goal.percent:g}",
    }
    if not n:
        return GoalLine(words, "–", None)
    share = within * 1000 // n / 10
    said = f"{share:g}% ({within}/{n})"
    return GoalLine(words, said, goal.is_met(within, n), missed=n - within, missed_url=url)
