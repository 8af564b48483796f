"""Which homes the watch asked to be judged anew."""

from datetime import datetime
from typing import Any

import pytest

from monitoring import runs


@pytest.fixture
def touched(monkeypatch: pytest.MonkeyPatch) -> dict[int, datetime]:
    """{household: earliest hour} of what `runs.touch` was told."""
    seen: dict[int, datetime] = {}

    def touch(household_ids: Any, since: Any) -> int:
        for household in household_ids:
            seen[int(household)] = min(since, seen.get(int(household), since))
        return len(household_ids)

    monkeypatch.setattr(runs, "touch", touch)
    return seen
