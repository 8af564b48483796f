"""The plan of one case: copied from the county's plan when the case opens, then frozen.

Minutes count from the opening; those of the chain from the moment at which the case began to wait
for a person. A new version of the county's plan tomorrow does not move today's cases.
"""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Max

from accounts.notify.quiet import end_of_span, next_at
from dispatch.models import Case, DeskStep, Step, StepKind, StepState
from dispatch.plans import InForce, in_force
from dispatch.plans.default import DEFAULT
from dispatch.plans.schema import NUMBERS
from dispatch.rules import AskReason, Light

FORMAT = 2

# Parts that a later ladder of the same case (red after yellow) takes over.
_OF_DESK = ("unclaimed", *NUMBERS)
FALLBACK: dict[str, Any] = {
    **{name: DEFAULT["ladders"][0][name] for name in _OF_DESK},
    "jumps": DEFAULT["jumps"],
}


def make(
    *, light: str, now: datetime, group: str | None = None, county: InForce | None = None
) -> dict[str, Any]:
    """The plan for a case of this light and risk group, as it is frozen on the case.

    `county`: the version in force, where the caller has it already.
    """
    county = county or in_force(now)
    bands = county.plan.bands_at(now)
    ladder = county.plan.choose(light=light, group=group, bands=bands)
    return {
        "format": FORMAT,
        "version": county.version,
        "light": light,
        "group": group,
        "bands": list(bands),
        "made_at": now.isoformat(),
        "quiet": [at.strftime("%H:%M") for at in ladder.quiet] if ladder.quiet else None,
        "steps": [{"kind": step.kind, "after_minutes": step.minutes} for step in ladder.steps],
        "unclaimed": [{"minutes": link.minutes, "who": link.who} for link in ladder.unclaimed],
        **{name: getattr(ladder, name) for name in NUMBERS},
        "jumps": county.plan.jumps,
        "extensions": [],
    }


def extend(plan: dict[str, Any], *, more: dict[str, Any]) -> dict[str, Any]:
    """The same plan with the ladder of a redder light behind it; the desk follows the new one.
    Quiet hours no longer hold."""
    desk = {name: more[name] for name in _OF_DESK}
    return {**plan, **desk, "quiet": None, "extensions": [*plan["extensions"], more]}


def part(case: Case, name: str) -> Any:
    """A part of the frozen plan; a case of an older portal has the default's."""
    return case.plan.get(name, FALLBACK[name])


def number(case: Case, name: str) -> int:
    return int(part(case, name))


def minutes(case: Case, name: str) -> timedelta:
    return timedelta(minutes=part(case, name))


def seconds(case: Case, name: str) -> timedelta:
    return timedelta(seconds=part(case, name))


# ── crisis jumps ─────────────────────────────────────────────────────────────
_ORDER = tuple(DeskStep.values)


def jump(case: Case, what: str) -> bool:
    """Where the desk begins after `what` (schema.Jump): never back to an earlier step. The caller
    saves; whether anything changed."""
    target = part(case, "jumps").get(what, case.desk_step)
    if _ORDER.index(target) <= _ORDER.index(case.desk_step):
        return False
    case.desk_step = target
    return True


# ── rows ─────────────────────────────────────────────────────────────────────
def write_steps(case: Case, rungs: dict[str, Any], *, now: datetime) -> None:
    """Turn the rungs of one ladder into rows."""
    Step.objects.bulk_create(step_rows(case, rungs, after=_last_seq(case), now=now))


def step_rows(case: Case, rungs: dict[str, Any], *, after: int, now: datetime) -> list[Step]:
    """The rungs of one ladder, numbered from `after` + 1. A red case is at the desk already: that
    rung is done. Quiet hours move the whole yellow ladder to the morning, spacing kept."""
    start = quiet_until(rungs["quiet"], now) or now
    rows = []
    for seq, rung in enumerate(rungs["steps"], start=after + 1):
        at_desk = rung["kind"] == StepKind.DESK and rungs["light"] == Light.RED
        rows.append(
            Step(
                case=case,
                seq=seq,
                kind=rung["kind"],
                due_at=start + timedelta(minutes=rung["after_minutes"]),
                state=StepState.DONE if at_desk else StepState.PENDING,
                started_at=now if at_desk else None,
                finished_at=now if at_desk else None,
                result=AskReason.RED.value if at_desk else "",
            )
        )
    return rows


def _last_seq(case: Case) -> int:
    return case.steps.order_by("-seq").values_list("seq", flat=True).first() or 0


# ── the chain of a case that nobody has taken ────────────────────────────────
def first_link(plan: dict[str, Any], *, since: datetime) -> tuple[str, datetime]:
    """(whose duty, when) of the first ring after a case began to wait at `since`."""
    link = plan.get("unclaimed", FALLBACK["unclaimed"])[0]
    return link["who"], since + timedelta(minutes=link["minutes"])


def start_chain(case: Case, *, now: datetime) -> None:
    """Write the first link of a (saved, waiting) case that has none to come.

    A link that rings just now always has the next one behind it (staff_calls.prepare). One without
    is of an earlier waiting, or of the yellow plan that red took the place of: it leads nowhere.
    """
    if not case.steps.filter(kind=StepKind.RING, state=StepState.PENDING).exists():
        who, due = first_link(case.plan, since=case.queued_at or now)
        _write_link(case, who, due)


def next_link(case: Case, *, now: datetime) -> Step:
    """The link after those there are: the next one of the plan, and after the last one that one
    again, as long as the case waits. A time that has passed is due at once."""
    chain = part(case, "unclaimed")
    since = case.queued_at or now
    rings = case.steps.filter(kind=StepKind.RING)
    # What ends a chain (red in the place of yellow, a claim) cancels the link that was to come.
    ended = rings.filter(state=StepState.CANCELLED).aggregate(last=Max("seq"))["last"] or 0
    place = rings.filter(due_at__gte=since, seq__gt=ended).count()
    if place < len(chain):
        link = chain[place]
        due = max(since + timedelta(minutes=link["minutes"]), now)
    else:
        link, due = chain[-1], now + minutes(case, "ring_again_minutes")
    return _write_link(case, link["who"], due)


def _write_link(case: Case, who: str, due: datetime) -> Step:
    seq = _last_seq(case) + 1
    return Step.objects.create(case=case, seq=seq, kind=StepKind.RING, who=who, due_at=due)


# ── quiet hours ──────────────────────────────────────────────────────────────
def hold_until(case: Case, *, now: datetime) -> datetime | None:
    """When the quiet hours end that forbid calling this person now; None when calling is fine."""
    return None if case.light == Light.RED else quiet_until(case.plan["quiet"], now)


def shift_pending(case: Case, *, by: timedelta) -> None:
    """Move everything that is still to come, so that the spacing of the ladder stays."""
    for step in case.steps.filter(state=StepState.PENDING):
        step.due_at += by
        step.save(update_fields=["due_at"])


def shift_over_night(case: Case, *, by: timedelta) -> None:
    """As shift_pending, over quiet hours. The desk does not wait for a second night: a ladder whose
    calls go on for days would push it further with each."""
    latest = _desk_at_latest(case)
    for step in case.steps.filter(state=StepState.PENDING):
        later = step.due_at + by
        if step.kind == StepKind.DESK and latest is not None:
            later = max(step.due_at, min(later, latest))
        step.due_at = later
        step.save(update_fields=["due_at"])


def _desk_at_latest(case: Case) -> datetime | None:
    """The desk's minutes after the end of the first quiet hours since the case was opened."""
    quiet = case.plan["quiet"]
    desk = [
        row["after_minutes"] for row in case.plan.get("steps", []) if row["kind"] == StepKind.DESK
    ]
    if quiet is None or not desk:
        return None
    ends = next_at(case.opened_at, time.fromisoformat(quiet[1]))
    return ends + timedelta(minutes=desk[0])


def quiet_until(quiet: list[str] | None, at: datetime) -> datetime | None:
    """End of the quiet span (two times as frozen on the case) around `at`, or None."""
    if quiet is None:
        return None
    start, end = (time.fromisoformat(text) for text in quiet)
    return end_of_span(at, start, end)
