"""Error pages say what happened and what to do next, also when nothing else works."""

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.test import RequestFactory
from django.utils import translation

from ui import views
from ui.middleware import ErrorPages


def get(path="/x/", accept="text/html"):
    return RequestFactory().get(path, HTTP_ACCEPT=accept)


def body(response):
    return response.content.decode()


@pytest.mark.parametrize("status", sorted(views.WORDS))
def test_each_page_tells_what_happened_and_what_to_do(status):
    response = views.error_page(status)
    page = body(response)
    assert response.status_code == status
    assert page.count("<h1>") == 1
    assert f"오류 {status}" in page
    for words in views.WORDS[status]:
        assert str(words) in page
    assert 'href="/"' in page


def test_the_page_of_a_crash_needs_neither_database_nor_session(monkeypatch):
    """No database mark on this test: a query would fail it."""

    class Broken:
        def __getattr__(self, name):
            raise AssertionError("the page of a crash asked the request")

    request = get()
    request.session = Broken()
    request.user = Broken()
    response = views.server_error(request)
    assert response.status_code == 500
    assert "처리하지 못했습니다" in body(response)


def test_a_refusal_tells_who_may_see_the_page():
    response = views.forbidden(get(), PermissionDenied("이 화면은 관제요원만 볼 수 있습니다."))
    assert response.status_code == 403
    assert "이 화면은 관제요원만 볼 수 있습니다." in body(response)


def test_what_a_refusal_says_is_escaped():
    assert (
        "<script>"
        not in body(views.forbidden(get(), PermissionDenied("<script>x</script>"))).split("<main")[
            1
        ]
    )


def test_a_missing_page_does_not_repeat_the_address():
    assert "secret-path" not in body(
        views.not_found(get("/secret-path/"), Exception("secret-path"))
    )


def test_too_large_is_told_apart_from_unreadable():
    assert views.bad_request(get(), RequestDataTooBig()).status_code == 413
    assert views.bad_request(get(), SuspiciousOperation("x")).status_code == 400


def test_an_old_form_is_told_as_such():
    response = views.csrf_failure(get(), reason="Origin checking failed")
    assert response.status_code == 403
    assert "화면이 오래되어" in body(response)
    assert "Origin" not in body(response)


@pytest.mark.parametrize(
    "request_", [get("/api/v1/power/"), get("/hooks/voice/x/"), get(accept="application/json")]
)
def test_machines_get_english_json(request_):
    response = views.not_found(request_)
    assert response["Content-Type"] == "application/json"
    assert body(response) == '{"detail": "Not Found"}'


def test_a_wrong_method_gets_a_page_and_keeps_its_header():
    response = ErrorPages(lambda request: HttpResponseNotAllowed(["POST"]))(get())
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "이렇게는 열 수 없는 주소입니다" in body(response)


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse("fine"),
        HttpResponse("<!doctype html><html>own page</html>", status=429),
        HttpResponse("", status=404),
    ],
)
def test_other_answers_pass_unchanged(answer):
    assert ErrorPages(lambda request: answer)(get()) is answer


def test_the_api_keeps_its_own_answer():
    answer = JsonResponse({"detail": "slow down"}, status=429)
    assert ErrorPages(lambda request: answer)(get("/api/v1/power/")) is answer


def test_a_database_out_of_reach_is_told_and_not_called_a_crash(caplog):
    middleware = ErrorPages(lambda request: HttpResponse())
    response = middleware.process_exception(get(), OperationalError("connection refused"))
    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert "자료 저장소에 닿지 않습니다" in body(response)
    assert "OperationalError" in caplog.text
    assert middleware.process_exception(get(), ValueError("x")) is None


def test_the_handlers_are_wired(client, db):
    response = client.get("/no-such-page/", HTTP_ACCEPT="text/html")
    assert response.status_code == 404
    assert "찾는 화면이 없습니다" in body(response)
    assert "script-src 'self'" in response["Content-Security-Policy"]


def test_the_pages_exist_in_every_language_of_the_portal():
    with translation.override("en"):
        assert views.error_page(500).status_code == 500
