"""The ladder of a case as data: made from the county's settings when the case opens, then frozen.

Minutes count from the opening. A change of the settings tomorrow does not move today's cases.
"""

from datetime import datetime, time, timedelta
from typing import Any

from accounts.county_settings import setting
from accounts.notify.quiet import end_of_span
from dispatch.models import Case, Step, StepKind, StepState
from dispatch.rules import AskReason, Light

VERSION = 1


def make(*, light: str, now: datetime) -> dict[str, Any]:
    """The plan for a case of this light, as it is frozen on the case."""
    if light == Light.RED:
        calls, desk = setting("dispatch.red_call_minutes", at=now), 0
    else:
        calls = setting("dispatch.yellow_call_minutes", at=now)
        desk = setting("dispatch.yellow_desk_minutes", at=now)
    steps = [{"kind": StepKind.AI_CALL.value, "after_minutes": m} for m in calls]
    steps.append({"kind": StepKind.DESK.value, "after_minutes": desk})
    return {
        "version": VERSION,
        "light": light,
        "made_at": now.isoformat(),
        "quiet": None if light == Light.RED else _quiet_setting(now),
        "steps": sorted(steps, key=lambda s: (s["after_minutes"], s["kind"])),
        "extensions": [],
    }


def extend(plan: dict[str, Any], *, light: str, now: datetime) -> dict[str, Any]:
    """The same plan with the ladder of a redder light behind it. Quiet hours no longer hold."""
    more = make(light=light, now=now)
    return {**plan, "quiet": None, "extensions": [*plan["extensions"], more]}


def write_steps(case: Case, rungs: dict[str, Any], *, now: datetime) -> None:
    """Turn the rungs of one ladder into rows. A red case is at the desk already: that rung is done.

    Quiet hours move the whole yellow ladder to the morning, spacing kept.
    """
    start = quiet_until(rungs["quiet"], now) or now
    last = case.steps.order_by("-seq").values_list("seq", flat=True).first() or 0
    rows = []
    for seq, rung in enumerate(rungs["steps"], start=last + 1):
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
    Step.objects.bulk_create(rows)


def hold_until(case: Case, *, now: datetime) -> datetime | None:
    """When the quiet hours end that forbid calling this person now; None when calling is fine."""
    return None if case.light == Light.RED else quiet_until(case.plan["quiet"], now)


def shift_pending(case: Case, *, by: timedelta) -> None:
    """Move everything that is still to come, so that the spacing of the ladder stays."""
    for step in case.steps.filter(state=StepState.PENDING):
        step.due_at += by
        step.save(update_fields=["due_at"])


def _quiet_setting(now: datetime) -> list[str]:
    names = ("dispatch.quiet_from", "dispatch.quiet_until")
    return [setting(name, at=now).strftime("%H:%M") for name in names]


def quiet_until(quiet: list[str] | None, at: datetime) -> datetime | None:
    """End of the quiet span (two times as frozen on the case) around `at`, or None."""
    if quiet is None:
        return None
    start, end = (time.fromisoformat(text) for text in quiet)
    return end_of_span(at, start, end)
