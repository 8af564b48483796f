"""The activity map: honest shapes, and the same facts in a table."""

import re

from tests.ui.viewers import draw
from ui import actogram


def day(label, *cells):
    return {"label": label, "cells": list(cells)}


def cell(level, **more):
    return {"level": level, **more}


QUIET = cell(0, silent=True)
WEEK = [day(f"11. {n}.", *[cell(1) for _ in range(24)]) for n in range(1, 8)]


def test_an_hour_to_come_is_drawn_as_nothing():
    drawn = actogram.draw([day("오늘", cell(2), None)])
    assert len(drawn.cells) == 1
    assert drawn.hatch == ""


def test_an_hour_that_did_not_arrive_is_hatched_and_not_pale():
    drawn = actogram.draw([day("오늘", cell(None), cell(0))])
    assert [c["level"] for c in drawn.cells] == [0]
    assert drawn.hatch.startswith("M")


def test_a_silence_is_outlined_as_one_shape():
    one = actogram.draw([day("오늘", QUIET)])
    three = actogram.draw([day("오늘", QUIET, QUIET, QUIET)])
    assert one.silence_edge.count("M") == 4
    assert three.silence_edge.count("M") == 8  # no lines between the hours


def test_silence_over_midnight_leaves_no_line_between_days_of_a_turned_map():
    days = [day("어제", *[cell(1)] * 23, QUIET), day("오늘", QUIET)]
    assert actogram.draw(days, turned=True).silence_edge.count("M") == 8


def test_levels_outside_the_ramp_are_held_within_it():
    drawn = actogram.draw([day("오늘", cell(9), cell(-1))])
    assert [c["level"] for c in drawn.cells] == [4, 0]


def test_more_than_24_cells_and_no_days_do_no_harm():
    assert len(actogram.draw([day("오늘", *[cell(1)] * 30)]).cells) == 24
    assert actogram.draw([]).cells == []


def test_wide_maps_have_a_column_a_day_and_turned_ones_a_row():
    wide, turned = actogram.draw(WEEK), actogram.draw(WEEK, turned=True)
    assert len({c["x"] for c in wide.cells}) == 7
    assert len({c["y"] for c in turned.cells}) == 7


def test_the_page_holds_a_sentence_a_legend_and_the_real_table():
    days = [
        day("11. 1.", cell(3, title="0시 0.4kWh"), cell(None)),
        day("오늘", QUIET, cell(0, absent=True)),
    ]
    html = draw('{% heat days "어제부터 조용합니다." light="red" %}', days=days)
    assert 'role="img" aria-label="어제부터 조용합니다."' in html
    assert "<title>0시 0.4kWh</title>" in html
    assert "표로 보기" in html
    rows = re.findall(r'<th scope="row">(.*?)</th>', html)
    assert rows == ["오늘", "11. 1."]
    for word in ("안 옴", "조용", "부재"):
        assert word in html
    assert "style=" not in html
