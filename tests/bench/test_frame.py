"""The benchmarks' own rules: interleaved, ratios the right way round, wrong results refused."""

import pytest

from yeoncheon_portal.bench import frame


def test_works_are_interleaved() -> None:
    order: list[str] = []
    frame.interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, runs=3)
    assert order == ["a", "b"] * 3


def test_ratios_grow_with_speed() -> None:
    found = frame.result(
        "x", households=10, rows=10, seconds=2.0, limit=1.0, yardstick=3.0, peer=40.0
    )
    assert found["ratio_to_limit"] == 0.5
    assert found["ratio_to_yardstick"] == 1.5
    assert found["speedup_over_peer"] == 20.0
    assert found["verified"] is True


def test_without_yardstick_there_is_no_ratio_to_it() -> None:
    assert "ratio_to_yardstick" not in frame.result(
        "x", households=1, rows=1, seconds=1.0, limit=1.0
    )


def test_a_wrong_result_has_no_figures() -> None:
    with pytest.raises(frame.NotVerified, match="rows differ"):
        frame.verify(1 == 2, "rows differ")
