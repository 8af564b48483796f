"""The plan's page: read by operators, tried out and saved by the county, never half."""

import re

import pytest

from dispatch.models import EscalationPlan
from tests.dispatch_pages.conftest import post, text_of

pytestmark = pytest.mark.django_db
FIELD = re.compile(r"<(?:input|select|textarea)\b[^>]*>")


def typed(page: str) -> dict[str, object]:
    """What a browser would send of the page's form, as it stands."""
    form = page[page.index('action="/plans/try/"') :]
    found: dict[str, object] = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        box = 'type="checkbox"' in tag
        if name and not (box and "checked" not in tag):
            text = value[1] if value else ("on" if box else "")
            if box:
                found.setdefault(name[1], []).append(text)
            else:
                found[name[1]] = text
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', options)
        found[name] = chosen[1] if chosen else re.search(r'value="([^"]*)"', options)[1]
    return found


@pytest.fixture
def page(as_user, official, frozen_clock):
    return as_user(official).get("/plans/").content.decode()


def test_who_may(as_user, operator, responder, official, clerk_jeongok):
    door = {"operator": 200, "official": 200, "responder": 403, "clerk": 403}
    people = {"operator": operator, "official": official, "responder": responder,
              "clerk": clerk_jeongok}  # fmt: skip
    assert {n: as_user(p).get("/plans/").status_code for n, p in people.items()} == door
    assert post(as_user(operator), "/plans/save/").status_code == 403


def test_the_preview_speaks_of_the_holiday_and_writes_nothing(as_user, official, page):
    assert "지금 계획과 같습니다" in page
    assert "조용한 시간이라" in page
    form = typed(page) | {"l0-quiet_from": "", "l0-quiet_until": "", "do": "preview"}
    answer = post(as_user(official), "/plans/try/", form)
    text = text_of(answer)
    assert answer.status_code == 200
    assert "지금 계획과 다릅니다" in text
    assert "없어짐" in text
    assert not EscalationPlan.objects.exists()


def test_saved_twice_is_one_version(as_user, official, page):
    form = typed(page) | {"l0-calls": "0, 10", "reason": "봄철 점검"}
    for _click in range(2):
        assert post(as_user(official), "/plans/save/", form).status_code == 302
    row = EscalationPlan.objects.get()
    assert row.version == 1
    assert [step["minutes"] for step in row.body["ladders"][0]["steps"]] == [0, 10, 75]


def test_without_a_last_human_nothing_is_saved(as_user, official, page):
    form = typed(page) | {"l1-county_official": "", "reason": "시험"}
    answer = post(as_user(official), "/plans/save/", form)
    assert answer.status_code == 422
    assert "군 당직자에게 전화해야 합니다" in text_of(answer)
    assert not EscalationPlan.objects.exists()


def test_a_special_case_and_a_band_are_added(as_user, official, page):
    client = as_user(official)
    answer = post(client, "/plans/try/", typed(page) | {"do": "ladder-0"})
    more = typed(answer.content.decode())
    assert more["ladders"] == "3"
    assert more["l0-groups"] == ["high"]
    answer = post(client, "/plans/try/", more | {"do": "band"})
    assert typed(answer.content.decode())["bands"] == "3"
    assert post(client, "/plans/save/", more | {"reason": "고위험군"}).status_code == 302
    assert len(EscalationPlan.objects.get().body["ladders"]) == 3


def test_nonsense_is_answered_with_words(as_user, official, page):
    form = typed(page) | {"l0-calls": "영, 열", "reason": "시험"}
    assert post(as_user(official), "/plans/save/", form).status_code == 422
    assert (
        post(as_user(official), "/plans/save/", {"ladders": "999999", "bands": "x"}).status_code
        == 422
    )
