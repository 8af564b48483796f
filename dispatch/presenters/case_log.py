"""What the log of a case counts to: the calls made by hand, who said what last, 119 asked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dispatch import plan
from dispatch.models import Case, CaseEvent, Visit
from dispatch.presenters import steps
from dispatch.presenters.steps import Facts, Now
from dispatch.rules import CallResult, EventKind
from monitoring.models import HouseholdState


@dataclass(frozen=True)
class Log:
    """`version`: the newest line; `results`: how often each code of a call to the person."""

    version: int
    desk_calls: int
    last_result: str
    contact_saw: bool
    asked_emergency: bool
    results: dict[str, int]
    found_reason: str


def of(case: Case) -> Log:
    return _count(CaseEvent.objects.filter(case=case).order_by("id").values("id", "kind", "data"))


def _count(events: Iterable[Mapping[str, Any]]) -> Log:
    """The counts of the log. What a contact said is told apart from what the person said."""
    results: dict[str, int] = {}
    last, contact_last, found_reason, asked, newest = "", "", "", False, 0
    for event in events:
        newest = event["id"]
        asked = asked or event["kind"] == EventKind.EMERGENCY_ASKED
        if event["kind"] == EventKind.VISIT_FOUND:
            found_reason = str(event["data"].get("reason", ""))
        if event["kind"] != EventKind.CALL_RECORDED:
            continue
        said = str(event["data"].get("result", ""))
        if event["data"].get("callee", "resident") != "resident":
            contact_last = said
            continue
        last, contact_last = said, ""
        results[last] = results.get(last, 0) + 1
    return Log(
        version=newest,
        desk_calls=sum(results.values()),
        last_result=last,
        contact_saw=contact_last == CallResult.SAFE,
        asked_emergency=asked,
        results=results,
        found_reason=found_reason,
    )


def facts(case: Case, log: Log, state: HouseholdState | None, *, contacts: int) -> Facts:
    """`contacts`: how many are listed; 0 where they are not shown to this viewer."""
    return steps.facts_of(
        case,
        last_result=log.last_result,
        desk_calls=log.desk_calls,
        contact_saw=log.contact_saw,
        asked_emergency=log.asked_emergency,
        found_reason=log.found_reason,
        contacts=contacts or case.household.contacts.current().count(),
        data_until=state.data_until if state else None,
    )


def whats_next(cases: Sequence[Case]) -> dict[int, str]:
    """{pk: what whoever has the case is to do next}, in the desk's own words; two queries and the
    plans'. A closed case has nothing."""
    lines: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
    told = CaseEvent.objects.filter(case__in=cases, kind__in=_COUNTED).order_by("id")
    for line in told.values("id", "case_id", "kind", "data"):
        lines[line["case_id"]].append(line)
    sent = Visit.objects.filter(case__in=cases).select_related("responder")
    visits = {visit.case_id: visit for visit in sent.order_by("assigned_at", "id")}
    found = {case.pk: _next_of(case, lines[case.pk], visits.get(case.pk)) for case in cases}
    return {pk: then.title for pk, then in found.items() if then is not None}


_COUNTED = (EventKind.CALL_RECORDED, EventKind.EMERGENCY_ASKED)


def _next_of(case: Case, lines: Iterable[Mapping[str, Any]], visit: Visit | None) -> Now | None:
    """The AI's calls, the contacts and the data have no say in what the owner does next."""
    log = _count(lines)
    known = Facts(
        ai_done=0,
        ai_steps=0,
        desk_calls=log.desk_calls,
        last_result=log.last_result,
        contacts=0,
        data_until=None,
        visit=visit,
        tries=plan.number(case, "tries"),
        contact_saw=log.contact_saw,
        asked_emergency=log.asked_emergency,
    )
    return steps.next_of(case, known)
