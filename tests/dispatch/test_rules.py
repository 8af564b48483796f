"""The tables are whole: all of it is reachable, all of it is drawn, every role knows its part."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from dispatch import diagrams, rules
from dispatch.rules import (
    CASE,
    CASE_MAY,
    CLOSE_GROUP_OF,
    NEW,
    OUTCOME_RANK,
    STATUS_RANK,
    VISIT,
    VISIT_MAY,
    CallOutcome,
    CallStatus,
    CaseDo,
    CaseState,
    CloseReason,
    EvidenceKind,
    FoundState,
    Refused,
    VisitDo,
    VisitState,
    case_events,
    check_close,
    visit_events,
)


def reachable(table: dict[tuple[str, str], str]) -> set[str]:
    seen, fresh = set(), {NEW}
    while fresh:
        seen |= fresh
        fresh = {to for (origin, _do), to in table.items() if origin in seen} - seen
    return {str(state) for state in seen - {NEW}}


@pytest.mark.parametrize(
    ("table", "states", "events", "may"),
    [(CASE, CaseState, CaseDo, CASE_MAY), (VISIT, VisitState, VisitDo, VISIT_MAY)],
)
def test_every_state_is_reachable_and_every_event_used(table, states, events, may):
    assert reachable(table) == set(states.values)
    assert {str(do) for _origin, do in table} == set(events.values)
    assert {str(do) for do in may} == set(events.values)


def test_nothing_leaves_a_terminal_state():
    assert not [key for key in CASE if key[0] == CaseState.CLOSED]
    ends = {VisitState.DONE, VisitState.DECLINED, VisitState.CANCELLED}
    assert not [key for key in VISIT if key[0] in ends]


def test_only_the_telephone_closes_without_a_person():
    ends = {do for (_origin, do), to in CASE.items() if to == CaseState.CLOSED}
    assert ends == {CaseDo.ANSWER_OK, CaseDo.CLOSE, CaseDo.FINISH_VISIT}
    assert CASE_MAY[CaseDo.ANSWER_OK] == rules.PORTAL


def test_the_page_of_the_state_machines_is_drawn_from_the_tables():
    page = Path(settings.BASE_DIR) / "docs" / "state-machines.md"
    assert page.read_text(encoding="utf-8") == diagrams.page(), "run manage.py draw_states --write"


def test_every_transition_is_in_the_drawing():
    out = StringIO()
    call_command("draw_states", stdout=out)
    for table in (CASE, VISIT):
        for (origin, do), to in table.items():
            start = "[*]" if origin == NEW else str(origin)
            assert any(
                line.strip().startswith(f"{start} --> {to}:") and line.endswith(f"({do!s})")
                for line in out.getvalue().splitlines()
            ), (origin, do, to)


def test_every_code_has_its_rank_and_group():
    assert set(STATUS_RANK) == set(CallStatus.values)
    assert set(OUTCOME_RANK) == {"", *CallOutcome.values}
    assert set(CLOSE_GROUP_OF) == set(CloseReason.values)
    assert set(rules.EVIDENCE_OF_FOUND) == rules.FINAL_FOUND
    assert set(FoundState.values) >= rules.FINAL_FOUND


def test_buttons_follow_the_table_and_the_roles():
    assert case_events("waiting", frozenset({"control_operator"})) == ["stop_ai", "claim"]
    assert case_events("waiting", frozenset({"township_clerk"})) == []
    assert case_events("closed", frozenset({"control_operator"})) == []
    assert visit_events("assigned", frozenset({"responder"})) == ["accept", "decline"]
    assert visit_events("assigned", frozenset({"control_operator"})) == ["cancel"]


@pytest.mark.parametrize("reason", [r for r, g in CLOSE_GROUP_OF.items() if g != "system"])
def test_a_reason_about_the_person_needs_somebody_who_saw_or_heard(reason):
    with pytest.raises(Refused, match="사람이 보거나 들은"):
        check_close(reason=reason, evidence_kind=EvidenceKind.NONE, note="자료가 다시 옴")
    check_close(reason=reason, evidence_kind=EvidenceKind.SPOKE, note="")


def test_a_mistake_of_the_system_may_close_without_a_person_but_not_without_words():
    with pytest.raises(Refused, match="까닭"):
        check_close(reason="setting", evidence_kind="none", note=" ")
    check_close(reason="setting", evidence_kind="none", note="계량기 번호를 잘못 이음")


def test_the_residents_key_cannot_be_claimed_by_hand():
    with pytest.raises(Refused):
        check_close(reason="fine", evidence_kind="resident_key", note="")
