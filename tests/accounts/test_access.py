"""Who may call which URL: refused unless declared."""

import logging

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import path
from django.views import View
from django.views.decorators.http import require_GET
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access, clock
from accounts.access import (
    AccessMiddleware,
    Kind,
    allow,
    allow_partner,
    allow_public,
    allow_signed_in,
    allow_webhook,
    may,
    url_table,
)
from accounts.log_filter import HideTokens, ShortRefusals
from accounts.models import AccessLog
from accounts.roles import Role
from tests.cast import CAST, sign_in


def answer(request, *args, **kwargs):
    return HttpResponse("ok")


def view():
    return lambda request: answer(request)


class Page(View):
    def get(self, request):
        return answer(request)


class Api(APIView):
    permission_classes = ()

    def post(self, request):
        return Response({"ok": True})


operators = allow(Role.CONTROL_OPERATOR, Role.COUNTY_OFFICIAL)(
    lambda request, **ids: answer(request)
)

urlpatterns = [
    path("operators/", operators, name="operators"),
    path("homes/<uuid:uid>/", operators, name="home"),
    path("staff/", allow_signed_in(view()), name="staff"),
    path("public/", allow_public(why="test")(view()), name="public"),
    path("hook/", allow_webhook(why="signed")(view()), name="hook"),
    path("silent/", view(), name="silent"),
    path("page/", allow(Role.ADMINISTRATOR)(Page.as_view()), name="page"),
    path("api/", allow_partner("power")(Api.as_view()), name="api"),
    path("gets/", require_GET(allow_signed_in(answer)), name="gets"),
    path("accounts/login/", view(), name="account_login"),
    path("accounts/signup/", view(), name="account_signup"),
]

pytestmark = pytest.mark.urls(__name__)
ADMITTED = {
    "operators": {"operator", "operator2", "official"},
    "staff": set(CAST),
    "gets": set(CAST),
    "page": {"administrator", "administrator2"},
    "public": set(CAST),
    "hook": set(CAST),
    "account_login": set(CAST),
}
OPEN = {"public", "hook", "account_login"}


def status_at(url: str, user=None) -> int:
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client.get(f"/{url}/").status_code


@pytest.mark.parametrize("name", CAST)
@pytest.mark.parametrize("url", ["operators", "staff", "gets", "page", "public", "hook"])
def test_every_door_admits_its_own_only(request, frozen_clock, name, url):
    user = request.getfixturevalue(name)
    assert status_at(url, user) == (200 if name in ADMITTED[url] else 403)


def test_a_refused_page_is_in_the_access_log_once(responder, now):
    client, home = sign_in(Client(), responder), "0b9e5c3a-1111-4222-8333-444455556666"
    with clock.freeze(now):
        for url in ("operators/", f"homes/{home}/", f"homes/{home}/?q=홍길동", "staff/"):
            client.get(f"/{url}")
    first, second = AccessLog.objects.filter(action="denied").order_by("id")
    assert (first.actor_id, first.subject_kind, first.subject_uid) == (
        responder.pk,
        "page",
        "operators",
    )
    assert first.reason == "이 화면은 군 담당자, 관제요원만 볼 수 있습니다."
    assert (second.subject_uid, second.detail) == ("home", {"method": "GET", "of": [home]})


@pytest.mark.parametrize(("error", "lines"), [(PermissionDenied("why"), 1), (OSError("full"), 3)])
def test_a_refusal_is_one_line_of_the_servers_log_and_a_fault_is_more(error, lines):
    try:
        raise error
    except Exception as raised:
        told = {"msg": "/rota/", "exc_info": (type(raised), raised, raised.__traceback__)}
    record = logging.makeLogRecord(told)
    assert ShortRefusals().filter(record)
    assert min(3, len(logging.Formatter().format(record).splitlines())) == lines


@pytest.mark.parametrize("url", ["operators", "staff", "gets", "page"])
def test_nobody_is_sent_to_sign_in_and_back(db, url):
    page = Client().get(f"/{url}/?a=1")
    assert page.status_code == 302
    assert page["Location"] == f"/accounts/login/?next=/{url}/%3Fa%3D1"


def test_a_form_sent_after_the_session_died_does_not_come_back_as_a_get(db):
    assert Client().post("/staff/")["Location"] == "/accounts/login/?next=/"


def test_part_of_a_page_sends_the_whole_page_to_sign_in(db):
    part = Client().get("/staff/", headers={"HX-Request": "true"})
    assert part.status_code == 401
    assert part["HX-Redirect"] == "/accounts/login/"


@pytest.mark.parametrize("url", ["public", "hook", "accounts/login"])
def test_open_doors_admit_anybody(db, url):
    assert status_at(url) == 200


def test_a_partner_view_is_reached_without_a_session(db):
    assert Client().post("/api/").json() == {"ok": True}


def test_a_view_that_declares_nothing_is_refused_to_all(administrator, frozen_clock, caplog):
    assert status_at("silent") == 403
    assert status_at("silent", administrator) == 403
    assert "silent declares no access" in caplog.text


def test_a_package_page_we_do_not_use_is_not_there(administrator, frozen_clock):
    assert status_at("accounts/signup") == 404
    assert status_at("accounts/signup", administrator) == 404


def test_the_refusal_names_whose_page_it_is(rf, outsider, frozen_clock):
    request = rf.get("/operators/")
    request.user = outsider
    request.resolver_match = None
    with pytest.raises(PermissionDenied, match="이 화면은 군 담당자, 관제요원만 볼 수 있습니다"):
        AccessMiddleware(answer).process_view(request, operators, (), {})


def test_a_request_without_a_match_fails_closed(rf):
    request = rf.get("/")
    request.user = AnonymousUser()
    request.resolver_match = None
    with pytest.raises(PermissionDenied):
        AccessMiddleware(answer).process_view(request, answer_undeclared, (), {})


def answer_undeclared(request):
    return HttpResponse()


def test_closed_pages_raise_not_found(rf):
    request = rf.get("/")
    marked = access._declare(access.Access(Kind.CLOSED))(view())
    request.resolver_match = None
    with pytest.raises(Http404):
        AccessMiddleware(answer).process_view(request, marked, (), {})


def test_a_role_that_ended_closes_the_door_at_the_next_request(operator, administrator, now):
    from datetime import timedelta

    client = sign_in(Client(), operator)
    with clock.freeze(now) as frozen:
        assert client.get("/operators/").status_code == 200
        operator.grants.update(
            ends_at=now, ended_at=now, ended_by=administrator, end_reason="인사 이동"
        )
        frozen.tick(timedelta(seconds=1))
        assert client.get("/operators/").status_code == 403


def test_an_ended_user_is_signed_out_at_the_next_request(operator, frozen_clock, now):
    client = sign_in(Client(), operator)
    type(operator).objects.filter(pk=operator.pk).update(
        is_active=False, ended_at=now, end_reason="퇴직"
    )
    assert client.get("/operators/").status_code == 302


def test_access_is_declared_once_and_with_a_role():
    with pytest.raises(ValueError, match="twice"):
        allow_signed_in(allow_signed_in(view()))
    with pytest.raises(ValueError, match="needs a role"):
        allow()
    with pytest.raises(ValueError, match="king"):
        allow("king")


def test_the_url_table_lists_what_every_view_declares():
    table = {row.name: row for row in url_table()}
    assert table["operators"].pattern == "operators/"
    assert table["operators"].access.roles == {"control_operator", "county_official"}
    assert table["page"].access.kind is Kind.ROLES
    assert table["api"].access.feeds == ("power",)
    assert table["hook"].access.why == "signed"
    assert table["account_login"].access.kind is Kind.PUBLIC
    assert table["silent"].access is None


@pytest.mark.parametrize("url", sorted(ADMITTED))
def test_may_agrees_with_the_door(cast, now, url):
    admitted = {name for name, user in cast.items() if may(user, url, now=now)}
    assert admitted == ADMITTED[url]
    assert may(AnonymousUser(), url, now=now) == (url in OPEN)


@pytest.mark.parametrize("url", ["silent", "account_signup", "no_such_page"])
def test_may_is_no_for_what_nobody_may_call(administrator, now, url):
    assert not may(administrator, url, now=now)


def test_what_opens_a_door_is_not_in_the_log(settings):
    assert settings.LOGGING["handlers"]["console"]["filters"] == [
        "hide_tokens",
        "short_refusals",
    ]
    for where in ("/invitations/sesame/", "/hooks/voice/sesame/answer/"):
        record = logging.makeLogRecord({"msg": "Forbidden (%s): %s", "args": ("why", where)})
        assert HideTokens().filter(record)
        assert record.getMessage() == f"Forbidden (why): {where.replace('sesame', '…')}"
