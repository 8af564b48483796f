"""A responder's phone in a real browser: the whole way, and the whole way without a network."""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser, Error, Page, expect

from accounts.models import AccessLog
from dispatch import actions
from dispatch.field import photos
from dispatch.models import FieldAction, Visit
from tests.cast import sign_in
from tests.dispatch.field.test_photo import camera
from tests.dispatch_pages.conftest import (  # noqa: F401 - the fixtures of one open case
    ADDRESS,
    NAME,
    claimed,
    home,
    red,
    visit,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("SHOTS")  # a folder: every page is also photographed
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
MOST_BYTES = 60_000


@pytest.fixture
def phone(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """phone(responder, "/visits/") opens a page on a telephone of its own."""
    contexts = []

    def go(user: Any, path: str, size: dict[str, int] = PHONE, **more: Any) -> Page:
        context = browser.new_context(
            viewport=size, base_url=live_server.url, locale="ko-KR", **more
        )
        contexts.append(context)
        enter(context, user, live_server.url)
        page = context.new_page()
        page.goto(path)
        return page

    yield go
    for context in contexts:
        context.close()


def enter(context: Any, user: Any, url: str) -> None:
    cookie = sign_in(Client(), user).cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])


def shot(page: Page, name: str) -> None:
    if SHOTS:
        wide = page.viewport_size["width"] > PHONE["width"]
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=wide)


def no_barriers(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found] == []
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], "the page scrolls sideways"


def ready(page: Page) -> Page:
    """The phone has the card and its worker."""
    expect(page.locator("#field[data-ready=true]")).to_be_attached()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return page


def go_on(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("button", name=button)).to_have_count(0)


def kept_words(page: Page) -> str:
    """Everything that lies in the browser's stores, as far as a script can read it."""
    return str(
        page.evaluate(
            """async () => {
            const db = await new Promise((ok) => {
              const asked = indexedDB.open("field", 1);
              asked.onsuccess = () => ok(asked.result);
            });
            const all = (name) => new Promise((ok) => {
              const asked = db.transaction(name).objectStore(name).getAll();
              asked.onsuccess = () => ok(asked.result);
            });
            const rows = [...await all("visits"), ...await all("queue")];
            const text = (bytes) => new TextDecoder().decode(bytes);
            let found = JSON.stringify(rows);
            for (const row of rows) found += text(row.data ?? row.kit?.data ?? new ArrayBuffer(0));
            for (const row of rows) if (row.keys) {
              for (const key of Object.values(row.keys)) found += key.extractable ? "OPEN" : "";
            }
            for (const name of await caches.keys()) {
              const cache = await caches.open(name);
              for (const request of await cache.keys()) {
                found += request.url + await (await cache.match(request)).text();
              }
            }
            return found + JSON.stringify([{ ...localStorage }, { ...sessionStorage }]);
        }"""
        )
    )


def test_the_whole_way_on_a_phone(phone, responder, visit):  # noqa: F811
    page = phone(responder, "/visits/")
    shot(page, "visits-390")
    no_barriers(page)
    page.locator("a.visit-row").click()
    ready(page)
    for button, name in (
        ("제가 가겠습니다", "assigned"),
        ("출발합니다", "accepted"),
        ("도착했습니다", "way"),
    ):
        expect(page.locator("[data-strip=waiting]")).to_have_count(0)
        if name != "accepted":  # the same parts as on the way
            no_barriers(page)
        shot(page, f"visit-{name}-390")
        go_on(page, button)
    no_barriers(page)
    page.get_by_text("대면 · 안전").click()
    page.get_by_label("본 것·들은 것").fill("휴대폰이 고장 나 있었음")
    page.get_by_role("button", name="저장하고 끝내기").click()
    expect(page.locator("[data-err=close_reason]")).to_contain_text("왜 조용했는지 골라 주세요.")
    shot(page, "visit-error-390")
    page.get_by_label("왜 조용했나요?").select_option("phone")
    expect(page.locator("[data-err=close_reason]")).to_be_hidden()
    shot(page, "visit-found-390")
    page.get_by_role("button", name="저장하고 끝내기").dblclick()
    expect(page.locator("h1")).to_contain_text("방문을 마쳤습니다")
    expect(page.locator("main")).not_to_contain_text(NAME)
    expect(page.get_by_role("link", name="내 방문 목록으로")).to_be_visible()
    shot(page, "visit-done-390")
    visit.case.refresh_from_db()
    assert (visit.case.state, visit.case.close_reason) == ("closed", "phone")
    for kind in ("visit_accepted", "visit_departed", "visit_arrived", "visit_found"):
        assert visit.case.events.filter(kind=kind).count() == 1, kind
    assert NAME not in kept_words(page)


def test_without_a_network_signed_out_signed_in_and_sent_once(
    phone,
    live_server,
    responder,
    operator,
    visit,  # noqa: F811
    frozen_clock,
):
    page = ready(phone(responder, f"/visits/{visit.uid}/"))
    go_on(page, "제가 가겠습니다")
    expect(page.locator("[data-strip=sent]")).to_be_visible()
    page.context.set_offline(True)
    page.reload()  # the phone was locked: the page opens again from what it keeps
    expect(page.locator("main")).to_contain_text(ADDRESS)
    expect(page.locator("[data-strip=offline]")).to_be_visible()
    for button in ("출발합니다", "도착했습니다"):
        go_on(page, button)
    expect(page.locator("[data-strip=offline]")).to_contain_text("아직 보내지 못함 · 2건: 출발")
    shot(page, "visit-offline-found-390")
    found_with_a_photo(page)
    visit.refresh_from_db()
    assert visit.state == "accepted"

    # The session ends while the phone is away; the network comes back; the queue waits.
    page.context.clear_cookies()
    frozen_clock.tick(timedelta(minutes=40))
    page.context.set_offline(False)
    expect(page.locator("[data-strip=signed-out]")).to_contain_text("4건")
    shot(page, "visit-signed-out-390")
    no_barriers(page)
    assert not FieldAction.objects.filter(verb="found").exists()

    enter(page.context, responder, live_server.url)
    page.goto(f"/visits/{visit.uid}/")
    expect(page.locator("h1")).to_contain_text("방문을 마쳤습니다")
    arrived_once(page, visit)
    assert NAME not in kept_words(page)
    assert page.evaluate("window.field.vault.visits().then((all) => all.length)") == 0
    the_desk_sees_the_photo(phone, operator, visit)


def found_with_a_photo(page: Page) -> None:
    """The result and a photo, typed without a network; nothing of it lies open on the phone."""
    page.get_by_text("119 이송", exact=True).click()
    page.get_by_label("왜 조용했나요?").select_option("fall")
    page.get_by_label("본 것·들은 것").fill("넘어져 있었고 말을 함")
    page.get_by_label("사진 (선택, 1장)").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": camera(size=(2400, 1800))}
    )
    expect(page.get_by_role("img", name="보낼 사진")).to_be_visible()
    page.get_by_role("button", name="사진 빼기").scroll_into_view_if_needed()
    shot(page, "visit-photo-390")
    no_barriers(page)
    page.get_by_role("button", name="저장하고 끝내기").click()
    expect(page.locator("h1")).to_contain_text("휴대폰에 저장했습니다")
    expect(page.locator("[data-strip=offline]")).to_contain_text("4건")
    shot(page, "visit-offline-sent-390")
    no_barriers(page)
    lying_there = kept_words(page)
    for word in (NAME, "은대리", "넘어져", "철제", "OPEN", "01012345678"):
        assert word not in lying_there


def arrived_once(page: Page, visit: Visit) -> None:  # noqa: F811
    """Everything that waited, each thing once, with the phone's time and ours."""
    # The photo went last and alone: what it shows is on its way when the visit is already over.
    expect(page.locator("[data-strip=sent]")).to_contain_text("1건: 사진")
    visit.refresh_from_db()
    visit.case.refresh_from_db()
    assert (visit.state, visit.case.state, visit.case.close_reason) == ("done", "closed", "fall")
    rows = list(FieldAction.objects.filter(visit=visit).order_by("happened_at", "seq"))
    assert [row.verb for row in rows] == ["accept", "depart", "arrive", "photo", "found"]
    with Image.open(BytesIO(photos.opened(visit.photo))) as picture:
        assert picture.size == (960, 1280)  # upright and scaled down
    assert visit.photo.size < 400_000
    assert visit.case.events.filter(kind="visit_photo").count() == 1
    late = rows[-1]
    assert late.received_at - late.happened_at >= timedelta(minutes=39)
    event = visit.case.events.get(kind="visit_found")
    assert event.at == late.happened_at < late.received_at
    assert event.data["received_at"] == late.received_at.isoformat()
    assert visit.case.events.filter(kind="visit_found").count() == 1


def the_desk_sees_the_photo(phone: Callable[..., Page], operator: Any, visit: Visit) -> None:  # noqa: F811
    desk = phone(operator, f"/cases/{visit.case.uid}/", DESK)
    assert not AccessLog.objects.filter(detail__has_key="photo").exists()
    desk.get_by_text("현장 사진 보기").click()
    picture = desk.get_by_role("img", name="현장 사진")
    expect(picture).to_have_js_property("naturalHeight", 1280)
    picture.scroll_into_view_if_needed()
    shot(desk, "case-photo-1440")
    no_barriers(desk)
    assert AccessLog.objects.filter(detail__has_key="photo").count() == 1


def all_is_sent(page: Page, visit: Visit) -> None:  # noqa: F811
    """Nothing of this visit waits on the phone any more; the page may load anew meanwhile."""
    for _look in range(150):
        with contextlib.suppress(Error):
            waiting = "uid => window.field.vault.queued(uid).then((left) => left.length)"
            if page.evaluate(waiting, str(visit.uid)) == 0:
                return
        page.wait_for_timeout(100)
    pytest.fail("something still waits on the phone")


def test_who_comes_along_at_night_without_a_network(
    phone,
    responder,
    visit,  # noqa: F811
    frozen_clock,
):
    frozen_clock.tick(timedelta(hours=9))
    page = ready(phone(responder, f"/visits/{visit.uid}/"))
    go_on(page, "제가 가겠습니다")
    expect(page.locator("main")).to_contain_text("야간 2인 출동")
    expect(page.locator("[data-strip=sent]")).to_be_visible()
    page.context.set_offline(True)
    for who in ("가족·이웃", "혼자"):
        page.get_by_role("button", name=who).click()
        expect(page.get_by_role("button", name=who, pressed=True)).to_be_visible()
    expect(page.locator("[data-company] [aria-pressed=true]")).to_have_count(1)
    page.locator("form.company").scroll_into_view_if_needed()
    shot(page, "visit-company-390")
    no_barriers(page)
    go_on(page, "출발합니다")
    expect(page.get_by_role("button", name="혼자", pressed=True)).to_be_visible()
    go_on(page, "도착했습니다")
    expect(page.locator("[data-company-ask]")).to_be_visible()
    shot(page, "visit-company-asked-390")
    no_barriers(page)
    page.reload()  # the phone was locked: it is still asked, from what the phone keeps
    expect(page.locator("[data-company-ask]")).to_be_visible()
    page.get_by_role("button", name="경찰·119").click()
    expect(page.locator("[data-company-ask]")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("button", name="경찰·119", pressed=True)).to_be_visible()
    expect(page.locator("[data-company-ask]")).to_be_hidden()
    frozen_clock.tick(timedelta(minutes=3))
    page.context.set_offline(False)
    all_is_sent(page, visit)
    visit.refresh_from_db()
    assert (visit.state, visit.company) == ("on_site", "rescue")
    lines = visit.case.events.filter(kind="visit_company").order_by("at", "id")
    assert [line.data["company"] for line in lines] == ["family", "alone", "rescue"]
    page.reload()
    expect(page.locator("#found-form")).to_be_visible()
    expect(page.locator("[data-company-ask]")).to_have_count(0)


def test_the_night_that_began_on_the_way_asks_at_the_door(
    phone,
    live_server,
    responder,
    operator,
    visit,  # noqa: F811
    frozen_clock,
):
    """The screens on the phone were made by day; the desk sees the hint, too."""
    page = ready(phone(responder, f"/visits/{visit.uid}/"))
    for button in ("제가 가겠습니다", "출발합니다"):
        go_on(page, button)
    expect(page.locator("[data-strip=sent]")).to_contain_text("출발")
    frozen_clock.tick(timedelta(hours=9))
    enter(page.context, responder, live_server.url)
    held: list[Any] = []
    # A slow line: the results are there before the answer.
    page.route("**/queue/", lambda route: held.append(route))
    go_on(page, "도착했습니다")
    results = page.locator("#found-form")
    expect(page.get_by_role("button", name="혼자")).to_be_visible()
    top = results.bounding_box()["y"]
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    expect(page.locator("[data-company-ask]")).to_be_visible()
    assert results.bounding_box()["y"] == pytest.approx(top, abs=1), "moved under the finger"
    expect(page.locator("#said")).to_contain_text("2명이 함께 들어가야 합니다.")
    page.unroute("**/queue/")
    for size, name in ((DESK, "1440"), (PHONE, "390")):
        desk = phone(operator, f"/cases/{visit.case.uid}/", size)
        hint = desk.locator("[data-company-hint]")
        expect(hint).to_contain_text("야간 2인 출동: 누구와 왔는지 말하지 않고 도착했습니다.")
        expect(hint).to_be_in_viewport()
        shot(desk, f"case-company-{name}")
        no_barriers(desk)


def test_a_tap_that_was_not_taken_does_not_stay_pressed(phone, responder, visit, now):  # noqa: F811
    actions.accept_visit(visit=visit, by=responder, now=now)
    actions.say_company(visit=visit, by=responder, company="family", now=now)
    page = ready(phone(responder, f"/visits/{visit.uid}/"))
    page.get_by_role("button", name="혼자").evaluate("button => { button.value = 'nobody'; }")
    page.get_by_role("button", name="혼자").click()
    expect(page.locator("[data-err=company]")).to_be_visible()
    expect(page.locator("[data-err=company]")).to_have_text("누가 함께 가는지 골라 주세요.")
    expect(page.locator("[data-company] [aria-pressed=true]")).to_have_text("가족·이웃")
    no_barriers(page)
    page.get_by_role("button", name="동료 직원").click()
    expect(page.locator("[data-err=company]")).to_be_hidden()
    expect(page.locator("[data-company] [aria-pressed=true]")).to_have_text("동료 직원")
    all_is_sent(page, visit)


def test_the_frame_of_before_is_not_kept(phone, responder, visit):  # noqa: F811
    """Its script would not know what the new screens ask."""
    page = phone(responder, "/inbox/")
    page.evaluate(
        """caches.open("field-1").then((old) => old.put("/visits/shell/", new Response("old")))"""
    )
    page.goto(f"/visits/{visit.uid}/")
    ready(page)
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("button", name="제가 가겠습니다")).to_be_visible()
    assert "field-1" not in page.evaluate("caches.keys()")


SEEN = """(how) => {
  Object.defineProperty(document, "visibilityState", { value: how, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_the_list_tells_a_new_visit_by_itself(phone, responder, claimed, operator, now):  # noqa: F811
    page = phone(responder, "/visits/")
    expect(page.locator("main")).to_contain_text("지금 맡은 방문이 없습니다")
    sent = actions.send_responder(case=claimed, responder=responder, by=operator, now=now)
    expect(page.locator("a.visit-row")).to_be_visible()
    expect(page.locator("#said")).to_contain_text("새 방문 요청이 왔습니다: 전곡읍")
    shot(page, "visits-news-390")
    no_barriers(page)
    page.evaluate(SEEN, "hidden")
    actions.cancel_visit(visit=sent, by=operator, now=now)
    with page.expect_request("**/visits/news/**"):
        page.evaluate(SEEN, "visible")
    # A hidden page has no clock running: it was the sight of it that asked.
    expect(page.get_by_text("지금 맡은 방문이 없습니다")).to_be_visible()
    expect(page.locator("#said")).to_have_text("방문 목록이 바뀌었습니다.")
    page.context.set_offline(True)
    for _twice in range(2):
        with page.expect_event("requestfailed"):
            page.evaluate(SEEN, "visible")
    expect(page.locator("[data-list-lost]")).to_be_visible()
    shot(page, "visits-lost-390")
    no_barriers(page)
    page.context.set_offline(False)
    expect(page.locator("[data-list-lost]")).to_be_hidden()


def test_an_answer_that_got_lost_is_sent_again_and_counts_once(phone, responder, visit):  # noqa: F811
    page = ready(phone(responder, f"/visits/{visit.uid}/"))

    def swallow(route: Any) -> None:
        route.fetch()  # the portal hears it, the phone never learns that
        route.abort()

    page.route("**/queue/", swallow)
    go_on(page, "제가 가겠습니다")
    expect(page.locator("[data-strip=offline]")).to_contain_text("1건")
    page.unroute("**/queue/")
    page.goto("/visits/")  # what waits goes out from the list, too
    all_is_sent(page, visit)
    assert FieldAction.objects.count() == 1
    assert visit.case.events.filter(kind="visit_accepted").count() == 1


def test_cancelled_meanwhile_is_kept_and_told(phone, responder, operator, visit, frozen_clock):  # noqa: F811
    page = ready(phone(responder, f"/visits/{visit.uid}/"))
    page.context.set_offline(True)
    go_on(page, "제가 가겠습니다")
    actions.cancel_visit(visit=visit, by=operator, now=frozen_clock.tick(timedelta(minutes=3)))
    page.context.set_offline(False)
    expect(page.locator("[data-strip=kept]")).to_contain_text("1건: 수락")
    expect(page.locator("h1")).to_contain_text("출동이 취소되었습니다")
    shot(page, "visit-kept-390")
    no_barriers(page)
    kept = visit.case.events.get(kind="noted")
    assert kept.data["kept"] == "accept"
    assert operator.messages.filter(kind="dispatch.field_kept").exists()


def test_a_lost_phone_is_wiped_at_its_next_contact(phone, responder, operator, visit):  # noqa: F811
    page = ready(phone(responder, f"/visits/{visit.uid}/"))
    assert page.evaluate("window.field.vault.visits().then((all) => all.length)") == 1
    desk = phone(operator, f"/visits/{visit.uid}/", DESK)
    no_barriers(desk)
    shot(desk, "visit-read-1440")
    desk.get_by_role("link", name="카드 회수").click()
    shot(desk, "cards-1440")
    no_barriers(desk)
    desk.get_by_role("button", name="카드 회수").dblclick()
    expect(desk.locator("main")).to_contain_text("휴대폰에 있는 카드가 없습니다")
    assert visit.keys.get().revoked_by == operator
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("[data-strip=gone]")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(NAME)
    shot(page, "visit-revoked-390")
    no_barriers(page)
    assert page.evaluate("window.field.vault.visits().then((all) => all.length)") == 0


def test_what_the_phone_could_not_keep_stays_on_the_screen(phone, responder, visit):  # noqa: F811
    page = ready(phone(responder, f"/visits/{visit.uid}/"))
    page.evaluate("() => { IDBObjectStore.prototype.add = () => { throw new Error('full'); }; }")
    page.locator("#d-note summary").click()
    page.locator("#visit-note").fill("대문이 잠겨 있음")
    page.get_by_role("button", name="메모 남기기", exact=True).click()
    expect(page.locator("#send-failed")).to_be_visible()
    expect(page.locator("#visit-note")).to_have_value("대문이 잠겨 있음")


def test_who_signs_out_leaves_no_card(phone, responder, visit):  # noqa: F811
    page = ready(phone(responder, f"/visits/{visit.uid}/"))
    page.goto("/visits/")
    page.locator(".viewer .viewer__box summary").click()
    page.get_by_role("button", name="로그아웃").click()
    expect(page).to_have_url(re.compile("login"))
    page.context.set_offline(True)
    page.goto(f"/visits/{visit.uid}/")
    expect(page.locator("[data-nothing]")).to_be_visible()
    assert page.evaluate("window.field.vault.visits().then((all) => all.length)") == 0


def test_a_sign_out_on_another_page_takes_the_card_and_leaves_the_queue(
    phone,
    live_server,
    responder,
    visit,  # noqa: F811
):
    page = ready(phone(responder, f"/visits/{visit.uid}/"))
    page.route("**/queue/", lambda route: route.abort())
    go_on(page, "제가 가겠습니다")
    expect(page.locator("[data-strip=offline]")).to_contain_text("1건")
    other = page.context.new_page()
    other.goto("/me/")
    other.locator(".viewer__box summary").click()
    other.get_by_role("button", name="로그아웃").click()
    expect(other).to_have_url(re.compile("login"))
    page.unroute("**/queue/")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("[data-strip=signed-out]")).to_contain_text("1건: 수락")
    expect(page.locator("main")).not_to_contain_text(NAME)
    shot(page, "visit-signed-out-elsewhere-390")
    no_barriers(page)
    kept = "window.field.vault.visits().then((all) => all.map((one) => one.kit))"
    assert page.evaluate(kept) == [None]
    enter(page.context, responder, live_server.url)
    page.goto(f"/visits/{visit.uid}/")
    expect(page.locator("#visit-go")).to_contain_text("출발합니다")
    assert visit.case.events.filter(kind="visit_accepted").count() == 1


def test_one_bar_of_signal_carries_the_page(phone, responder, visit, settings):  # noqa: F811
    """As a phone gets it: every part but the typeface, compressed as the portal sends it."""
    import gzip

    sizes: dict[str, int] = {}

    def count(answer: Any) -> None:
        if not answer.url.endswith(".woff2"):
            sizes[answer.url] = len(gzip.compress(answer.body(), 9))

    page = phone(responder, "/visits/", service_workers="block")
    page.on("response", count)
    page.goto(f"/visits/{visit.uid}/")
    page.wait_for_load_state("networkidle")
    assert sum(sizes.values()) < MOST_BYTES, sorted(sizes.items(), key=lambda one: -one[1])
    if SHOTS:
        (Path(SHOTS) / "weight.txt").write_text(f"{sum(sizes.values())} bytes\n")


def test_without_a_script(phone, responder, visit):  # noqa: F811
    page = phone(responder, f"/visits/{visit.uid}/", java_script_enabled=False)
    for button in ("제가 가겠습니다", "출발합니다", "도착했습니다"):
        page.get_by_role("button", name=button).click()
    page.get_by_text("부재").last.click()
    page.get_by_role("button", name="저장하고 끝내기").click()
    expect(page.locator("h1")).to_contain_text("방문을 마쳤습니다")
    assert Visit.objects.get(pk=visit.pk).found_state == "absent_revisit"
