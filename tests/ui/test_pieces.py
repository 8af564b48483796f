"""Lights, tags, timers, lists: the small parts of every page."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.paginator import Paginator

from tests.ui.viewers import Viewer, draw
from ui.icons import LIGHT_SHAPES, SHAPES
from ui.lights import LIGHT_WORDS

NOW = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("level", "word"),
    [("red", "긴급"), ("yellow", "주의"), ("grey", "자료 없음"), ("green", "정상")],
)
def test_a_light_is_colour_shape_and_word(level, word):
    html = draw("{% light level %}", level=level)
    assert f"light--{level}" in html
    assert f"lt-{level}" in html
    assert html.endswith(f"{word}</span>")


def test_the_four_shapes_differ():
    assert len(set(LIGHT_SHAPES.values())) == 4
    assert LIGHT_SHAPES.keys() == LIGHT_WORDS.keys()


def test_no_light_is_called_safe_or_dangerous():
    assert not {"안전", "위험"} & {str(word) for word in LIGHT_WORDS.values()}


def test_a_home_without_a_state_has_no_data_and_is_not_green():
    assert "자료 없음" in draw("{% light level %}", level=None)


def test_an_unknown_light_is_a_mistake_and_not_a_colour():
    with pytest.raises(KeyError):
        draw("{% light level %}", level="purple")


def test_a_survey_group_has_bars_and_words_but_no_light():
    html = draw('{% risk_group "medium" %}')
    assert "조사 중위험군" in html
    assert html.count('class="off"') == 1
    assert "light" not in html


def test_words_in_a_tag_are_escaped():
    html = draw('{% tag text "warn" "dog" %}', text="<b>개</b>")
    assert "&lt;b&gt;" in html
    assert "tag--warn" in html
    with pytest.raises(ValueError, match="unknown kind"):
        draw('{% tag "x" "loud" %}')


def test_an_icon_is_silent_unless_it_stands_alone():
    assert 'aria-hidden="true"' in draw('{% icon "phone" %}')
    assert 'role="img" aria-label="전화"' in draw('{% icon "phone" label="전화" %}')


def test_every_icon_that_a_template_names_exists():
    root = Path(settings.BASE_DIR) / "templates"
    named = {
        (name, path.name)
        for path in root.rglob("*.html")
        for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())
    }
    assert {pair for pair in named if pair[0] not in SHAPES} == set()


@pytest.mark.parametrize(
    ("left", "state", "words"),
    [
        (timedelta(minutes=18), "", "방문 결정까지 18분"),
        (timedelta(minutes=6), "timer--soon", "방문 결정까지 6분"),
        (timedelta(seconds=26), "timer--now", "방문 결정까지 26초"),
        (-timedelta(minutes=2), "timer--over", "2분 넘김"),
    ],
)
def test_a_timer_tells_its_state_in_words(left, state, words):
    html = draw(
        '{% timer due now "방문 결정까지 {}" start=start %}',
        due=NOW + left,
        now=NOW,
        start=NOW + left - timedelta(minutes=20),
    )
    assert words in html
    assert state in html
    assert 'data-due="2026-' in html


def test_a_timer_without_a_beginning_has_no_ring():
    assert "ring" not in draw("{% timer due now %}", due=NOW + timedelta(hours=1), now=NOW)


def test_an_empty_list_says_what_to_do():
    html = draw('{% empty "기다리는 건이 없습니다" "새 건이 오면 알립니다." "/x/" "목록 보기" %}')
    assert 'href="/x/"' in html
    assert "목록 보기" in html


def test_page_numbers_keep_the_filters_of_the_list():
    page = Paginator(range(500), 20).get_page(4)
    html = draw("{% pagination page %}", "/households/?township=1&page=4", page=page)
    assert 'href="?township=1&amp;page=5"' in html
    assert 'aria-current="page">4<' in html


def test_one_page_has_no_page_numbers():
    assert "nav" not in draw("{% pagination page %}", page=Paginator(range(3), 20).get_page(1))


def test_the_demo_says_so_and_the_real_service_does_not():
    source = '{% include "ui/sim.html" %}'
    assert "시연용 모의 자료" in draw(source, viewer=Viewer(demo=True))
    assert "시연용" not in draw(source, viewer=Viewer(demo=False))


def test_the_viewer_sees_who_he_is_his_unread_messages_and_a_way_out():
    html = draw('{% include "ui/viewer.html" %}', viewer=Viewer(unread=3))
    assert "윤재호" in html
    assert "읽지 않음 3" in html
    assert re.search(r'<form method="post" action="[^"]+">', html)
    assert "로그아웃" in html
