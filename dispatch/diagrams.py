"""The state machines as pictures, drawn from the tables that run them."""

from collections.abc import Mapping

from dispatch.rules import CASE, NEW, OPEN_VISITS, VISIT, CaseDo, CaseState, VisitDo, VisitState

HEAD = """# State machines

Drawn by `manage.py draw_states --write` from the tables `CASE` and `VISIT` in `dispatch/rules.py`.
A test fails when this page and the tables differ.
"""


def page() -> str:
    """The whole page in Markdown with one mermaid diagram per machine."""
    parts = [
        HEAD,
        _section("Case (건)", CASE, CaseState, CaseDo, {CaseState.CLOSED.value}),
        _section(
            "Visit (현장 출동)",
            VISIT,
            VisitState,
            VisitDo,
            {state.value for state in VisitState if state.value not in OPEN_VISITS},
        ),
    ]
    return "\n".join(parts)


def _section(
    title: str,
    table: Mapping[tuple[str, str], str],
    states: type[CaseState] | type[VisitState],
    events: type[CaseDo] | type[VisitDo],
    ends: set[str],
) -> str:
    lines = [f"## {title}", "", "```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{s.label} ({s.value})" as {s.value}' for s in states]
    for (origin, event), target in table.items():
        start = "[*]" if origin == NEW else str(origin)
        event_ = events(event)
        lines.append(f"    {start} --> {target}: {event_.label} ({event_.value})")
    lines += [f"    {state} --> [*]" for state in sorted(ends)]
    return "\n".join([*lines, "```", ""])
