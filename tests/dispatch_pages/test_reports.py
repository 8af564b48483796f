"""A neighbour's report: the operator's form, from the household's page and from the desk."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.state import ProjectState
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.county_settings import change
from accounts.models import AccessLog
from dispatch import actions, opening, reported
from dispatch.field import photos
from dispatch.models import Case, CaseEvent, DeskStep, ReporterNumber
from dispatch.reported import Report
from dispatch.rules import Refused
from households import actions as household_verbs
from tests.dispatch_pages.conftest import (
    MASKED,
    NAME,
    PHONE,
    assess,
    make_home,
    open_case,
    post,
    text_of,
)

pytestmark = pytest.mark.django_db

SAW = "커튼이 사흘째 닫혀 있고 우편물이 쌓임"
NUMBER = "010-8888-7777"
REPORT = Report(reporter="village_head", words=SAW, phone=NUMBER)


@pytest.fixture
def url(home):
    return f"/households/{home.uid}/unseen/"


def typed(now, **values):
    at = timezone.localtime(now - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    return {
        "reporter": "village_head",
        "words": SAW,
        "phone": NUMBER,
        "last_well_at": at,
        "key": "k1",
        **values,
    }


def test_a_report_opens_a_red_case_at_the_step_of_the_plan(as_user, operator, home, url, now):
    client = as_user(operator)
    assert url in text_of(client.get(f"/households/{home.uid}/"))
    page = text_of(client.get(url))
    assert MASKED in page
    assert NAME not in page
    assert "현장 출동" in page  # where the desk will begin, by the plan
    answer = post(client, url, typed(now))
    case = Case.objects.get()
    assert answer["Location"] == f"/desk/?case={case.uid}"
    assert (case.light, case.state, case.desk_step) == ("red", "waiting", DeskStep.VISIT)
    event = case.events.get(kind="reported")
    assert event.actor == operator
    assert set(event.data) == {"report", "reporter", "last_well_at"}
    (told,) = reported.of(case)
    assert (told.phone, told.words) == ("01088887777", SAW)
    assert "신고를 적고 긴급 건" in text_of(client.get(answer["Location"]))


def test_the_same_form_twice_is_one_report(as_user, operator, home, url, now):
    client = as_user(operator)
    for _ in range(2):
        assert post(client, url, typed(now)).status_code == 302
    assert Case.objects.get().events.filter(kind="reported").count() == 1
    case = actions.claim(case=Case.objects.get(), by=operator, now=now)
    actions.close(
        case=case, by=operator, reason="fine", evidence_kind="spoke", note="본인", now=now
    )
    answer = post(client, url, typed(now))  # the tab was still open
    assert answer["Location"] == f"/cases/{case.uid}/"
    assert Case.objects.count() == 1


def test_a_report_joins_the_open_case_and_raises_it(
    as_user, operator, operator2, home, url, now, jeongok
):
    case = open_case(home, now=now, light="yellow")
    actions.claim(case=case, by=operator2, now=now)
    client = as_user(operator)
    assert case.number in text_of(client.get(url))
    post(client, url, typed(now))
    case.refresh_from_db()
    assert Case.objects.count() == 1
    assert (case.light, case.owner, case.desk_step) == ("red", operator2, DeskStep.VISIT)
    assert operator2.messages.filter(kind="dispatch.reported").exists()
    assert not operator.messages.filter(kind="dispatch.reported").exists()


def test_the_owner_reads_it_masked_and_reveals_the_number_with_a_reason(
    as_user, operator, official, home, now
):
    case = actions.report_unseen(household=home, report=REPORT, by=operator, now=now)
    actions.claim(case=case, by=operator, now=now)
    client = as_user(operator)
    page = text_of(client.get(f"/cases/{case.uid}/"))
    assert SAW in page
    assert "이장·통장" in page
    assert "8888" not in page
    uid = case.events.get(kind="reported").data["report"]
    post(client, f"/cases/{case.uid}/reveal/", {"contact": uid, "reason": "reporter"})
    assert NUMBER in text_of(client.get(f"/cases/{case.uid}/"))
    line = AccessLog.objects.get(action="revealed")
    assert (line.subject_kind, str(line.subject_uid)) == ("reporter", uid)
    assert SAW not in text_of(as_user(official).get(f"/cases/{case.uid}/"))


def test_whoever_goes_reads_what_was_seen(operator, responder, as_user, home, now):
    case = actions.report_unseen(household=home, report=REPORT, by=operator, now=now)
    actions.claim(case=case, by=operator, now=now)
    visit = actions.send_responder(case=case, responder=responder, by=operator, now=now)
    page = text_of(as_user(responder).get(f"/visits/{visit.uid}/"))
    assert SAW in page
    assert "8888" not in page


def test_119_reads_what_was_seen(as_user, operator, home, now):
    case = actions.report_unseen(household=home, report=REPORT, by=operator, now=now)
    actions.claim(case=case, by=operator, now=now)
    client = as_user(operator)
    post(client, f"/cases/{case.uid}/emergency/", {"service": "both", "key": "k9"})
    page = text_of(client.get(f"/cases/{case.uid}/emergency/sheet/"))
    assert SAW in page.split("걱정하는 까닭")[1].split("해 본 일")[0]
    assert "8888" not in page


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"reporter": ""}, "하나를 골라 주세요."),
        ({"words": " "}, "이 칸을 채워 주세요."),
        ({"phone": "12"}, "전화번호를 다시 봐 주세요."),
        ({"last_well_at": "2026-07-02T00:00"}, "마지막으로 본 때를 다시 봐 주세요."),
        ({"words": "650101-1234567"}, "주민등록번호"),
    ],
)
def test_errors_are_korean_and_keep_what_was_typed(as_user, operator, home, url, now, wrong, told):
    page = text_of(post(as_user(operator), url, typed(now, **wrong)))
    assert told in page
    assert "1234567" not in page
    assert NUMBER in page or "phone" in wrong
    assert not Case.objects.exists()


def test_who_has_left_gets_no_case(as_user, operator, clerk_jeongok, home, url, now):
    household_verbs.end(household=home, reason="withdrew", by=clerk_jeongok, now=now)
    assert "서비스가 끝난 가구입니다" in text_of(as_user(operator).get(url))
    with pytest.raises(Refused, match="119"):
        actions.report_unseen(household=home, report=REPORT, by=operator, now=now)


def test_the_search_finds_by_number_phone_and_name(as_user, operator, home, url, now, jeongok):
    client = as_user(operator)
    assert "/unseen/" in text_of(client.get("/desk/"))
    for text in (str(home.number), PHONE, NAME):
        assert post(client, "/unseen/", {"q": text})["Location"] == url
    make_home(township=jeongok, now=now, name=NAME, phone="01044440000")
    page = text_of(post(client, "/unseen/", {"q": NAME}))
    assert page.count(MASKED) == 2
    assert NAME not in page
    assert "찾는 대상자가 없습니다" in text_of(post(client, "/unseen/", {"q": "홍길동"}))


def test_the_clerk_of_the_township_writes_one_and_the_desk_has_it(
    as_user, clerk_jeongok, operator, operator2, home, url, now
):
    client = as_user(clerk_jeongok)
    assert url in text_of(client.get(f"/households/{home.uid}/"))
    assert "/unseen/" in text_of(client.get("/cases/"))  # in the menu
    assert post(client, "/unseen/", {"q": NAME})["Location"] == url
    answer = post(client, url, typed(now))
    case = Case.objects.get()
    assert answer["Location"] == f"/cases/{case.uid}/"
    assert (case.light, case.state, case.owner) == ("red", "waiting", None)
    assert case.events.get(kind="reported").actor == clerk_jeongok
    page = text_of(client.get(answer["Location"]))
    assert "관제에 알렸습니다" in page
    assert SAW in page
    assert "맡아 주세요" not in page
    post(client, url, typed(now, key="k2"))  # and once more, into the case that is open now
    assert "열린 건에 더했습니다" in text_of(client.get(answer["Location"]))
    assert case.events.filter(kind="reported").count() == 2
    for person in (operator, operator2):
        assert person.messages.filter(kind="dispatch.reported").exists()
    assert "주민 신고" in text_of(as_user(operator).get("/desk/"))


def test_the_clerk_of_another_township_finds_nobody(as_user, clerk_baekhak, home, url, now):
    client = as_user(clerk_baekhak)
    assert "관제센터에 전화해 주세요" in text_of(post(client, "/unseen/", {"q": NAME}))
    assert client.get(url).status_code == 404
    assert post(client, url, typed(now)).status_code == 404
    assert not Case.objects.exists()


@pytest.mark.parametrize("role", ["official", "responder", "outsider"])
def test_only_operators_and_clerks_write_reports(role, request, as_user, url, home, now):
    client = as_user(request.getfixturevalue(role))
    assert client.get("/unseen/").status_code == 403
    assert post(client, url, typed(now)).status_code == 403
    assert not Case.objects.exists()


def test_a_report_stands_in_the_row_and_in_why(as_user, operator, official, home, now):
    case = actions.report_unseen(household=home, report=REPORT, by=operator, now=now)
    row = text_of(as_user(operator).get("/desk/")).split('class="q__why">')[1].split("</span>")[0]
    assert row == "주민 신고 · 이장·통장"  # sealed words are not for a row that everybody sees
    for user, reads in ((operator, True), (official, False)):
        page = text_of(as_user(user).get(f"/cases/{case.uid}/"))
        why = page.split("왜 알림이 왔나")[1].split("해 본 일")[0]
        assert "주민 신고 · 이장·통장" in why
        assert (SAW in why) is reads
        assert "8888" not in why
        assert "사람이 직접 연 건입니다" not in why


def test_news_that_is_no_sign_is_no_line_of_the_log(as_user, operator, home, now):
    case = actions.report_unseen(household=home, report=REPORT, by=operator, now=now)
    for light in ("green", "grey", "yellow"):
        opening.join(case, assess(home, light=light, now=now), now=now)
        page = text_of(as_user(operator).get(f"/cases/{case.uid}/"))
        assert ("<b>새 신호</b>" in page) is (light == "yellow")


def test_the_form_tells_that_the_ai_calls_beside_the_desk(as_user, operator, url):
    assert "AI도 본인에게 함께 전화합니다" in text_of(as_user(operator).get(url))


# ── how long the number is kept ──────────────────────────────────────────────
DAY = timedelta(days=1)


@pytest.fixture
def told(operator, home, now):
    """A report whose case was closed on the same day."""
    case = actions.report_unseen(household=home, report=REPORT, by=operator, now=now)
    actions.claim(case=case, by=operator, now=now)
    return actions.close(
        case=case, by=operator, reason="fine", evidence_kind="spoke", note="본인", now=now
    )


def test_the_number_goes_some_days_after_the_end_and_the_report_stays(
    told, as_user, operator, now, frozen_clock, monkeypatch
):
    monkeypatch.setattr(photos, "purge", lambda **_: 1 / 0)  # a store of photos that fails
    assert reported.purge(now=now + 89 * DAY) == 0
    frozen_clock.move_to(now + 90 * DAY)
    entry = settings.CELERY_BEAT_SCHEDULE["purge-reporter-numbers"]["task"]
    import_string(entry)()
    (report,) = reported.of(told)
    assert (report.phone, report.erased, report.words) == ("", True, SAW)
    assert bytes(ReporterNumber.objects.get().phone) == b""
    assert reported.purge(now=now + 91 * DAY) == 0, "once"
    page = text_of(as_user(operator).get(f"/cases/{told.uid}/"))
    assert SAW in page
    assert "전화번호 지움" in page


def test_the_county_says_how_long(told, official, now):
    change(
        name="dispatch.reporter_days",
        value=7,
        valid_from=now,
        by=official,
        reason="짧게",
        now=now,
    )
    assert reported.purge(now=now + 6 * DAY) == 0
    assert reported.purge(now=now + 7 * DAY) == 1


def test_the_number_of_an_open_case_stays(operator, home, now):
    case = actions.report_unseen(household=home, report=REPORT, by=operator, now=now)
    assert reported.purge(now=now + 400 * DAY) == 0
    assert reported.of(case)[0].phone == "01088887777"


def test_it_goes_with_the_person(operator, home, now):
    actions.report_unseen(household=home, report=REPORT, by=operator, now=now)
    type(home).objects.filter(pk=home.pk).update(wrapped_key=b"")
    assert reported.purge(now=now) == 1


def test_the_log_holds_no_number(told):
    event = told.events.get(kind="reported")
    assert told.household.unseal(bytes(event.note)) == SAW


@pytest.mark.parametrize("before", ["01088887777\n", "\n"])
def test_a_line_that_an_old_process_still_wrote_shows_no_number(
    as_user, operator, responder, home, now, before
):
    """A web process of the release before, which ran on while the numbers moved out of the log."""
    case = actions.report_unseen(
        household=home, report=Report(reporter="village_head", words="x"), by=operator, now=now
    )
    CaseEvent.objects.create(
        case=case,
        at=now,
        kind="reported",
        data={"report": "00000000-0000-4000-8000-000000000001", "reporter": "neighbour"},
        note=home.seal(f"{before}{SAW}"),
    )
    actions.claim(case=case, by=operator, now=now)
    visit = actions.send_responder(case=case, responder=responder, by=operator, now=now)
    pages = ((operator, f"/cases/{case.uid}/"), (responder, f"/visits/{visit.uid}/"))
    for user, url in pages:
        page = text_of(as_user(user).get(url))
        assert SAW in page
        assert "8888" not in page
    assert {one.words for one in reported.of(case)} == {"x", SAW}


def test_words_that_begin_with_a_number_of_their_own_stay_whole(operator, home, now):
    words = "01088887777\n" + SAW
    report = Report(reporter="village_head", words=words, phone="01099990000")
    case = actions.report_unseen(household=home, report=report, by=operator, now=now)
    assert reported.of(case)[0].words == words


def test_numbers_of_old_lines_move_out_of_the_log(home, operator, now):
    case = actions.report_unseen(
        household=home, report=Report(reporter="village_head", words="x"), by=operator, now=now
    )
    old = CaseEvent.objects.create(
        case=case,
        at=now,
        kind="reported",
        data={"report": "00000000-0000-4000-8000-000000000001", "reporter": "neighbour"},
        note=home.seal(f"01088887777\n{SAW}"),
    )
    move = import_module("dispatch.migrations.0014_reporter_numbers_apart")
    with connection.schema_editor() as editor:
        move.move_apart(apps, editor)
    old.refresh_from_db()
    assert home.unseal(bytes(old.note)) == SAW
    found = {one.uid: one for one in reported.of(case)}
    assert found[old.data["report"]].phone == "01088887777"
    with pytest.raises(IntegrityError), transaction.atomic():
        old.save()


def test_the_numbers_cannot_be_lost_by_going_back():
    """Before the table of the numbers is dropped, the step that filled it refuses to be undone."""
    module = import_module("dispatch.migrations.0014_reporter_numbers_apart")
    step = module.Migration("0014_reporter_numbers_apart", "dispatch")
    with connection.schema_editor() as editor, pytest.raises(IrreversibleError):
        step.unapply(ProjectState(), editor)
