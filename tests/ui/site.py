"""A site of one frame per path for the browser, served without database or session.

`/form` shows errors on GET with ?wrong, counts what is posted, and is slow to answer, so that
a second click falls into the wait.
"""

import time
from collections.abc import Callable, Iterable
from mimetypes import guess_type
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template

from tests.ui.viewers import Viewer
from ui import views

SLOW_S = 0.4
IDLE_S = 1800

PAGE = """{% extends frame %}{% load ui %}{% block title %}화면{% endblock %}
{% block content %}<h1>화면</h1>
<form method="post" action="/form" class="form">{% form_errors form %}{% form_fields form %}
<div class="form__go"><button class="btn btn--primary" id="go">저장</button></div></form>
<form method="post" action="/form" data-confirm="정말 끝낼까요?" data-confirm-yes="끝내기">
<button class="btn" id="ask">끝내기</button></form>
{% heat days "지난 28일의 활동" %}{% light "red" %}{% endblock %}"""


class Answers(forms.Form):
    name = forms.CharField(label="이름")
    sex = forms.ChoiceField(
        label="성별", choices=[("f", "여"), ("m", "남")], widget=forms.RadioSelect
    )
    starts = forms.SplitDateTimeField(label="시작")
    paper = forms.FileField(label="동의서", required=False)


class Site:
    """`posted` holds the paths that were posted to, in order."""

    def __init__(self) -> None:
        self.posted: list[str] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        if environ["REQUEST_METHOD"] == "POST":
            return self._post(path, environ, start)
        if path.startswith("/static/"):
            return _file(path.removeprefix("/static/"), start)
        body = views.error_page(500).content if path == "/error" else _page(path, query)
        return _answer(start, "200 OK", "text/html; charset=utf-8", body)

    def _post(self, path: str, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.posted.append(path)
        if path == "/form":
            time.sleep(SLOW_S)
        return _answer(start, "204 No Content", "text/plain", b"")


def _page(path: str, query: str) -> bytes:
    cells = [{"level": hour % 5} for hour in range(24)]
    context = {
        "frame": {"/desk": "base_desk.html", "/field": "base_field.html"}.get(path, "base.html"),
        "form": Answers({} if "wrong" in query else None),
        "viewer": Viewer(idle_seconds=IDLE_S, demo=True, unread=2),
        "days": [{"label": f"11. {n}.", "cells": cells} for n in range(1, 29)],
    }
    return Template(PAGE).render(Context(context)).encode()


def _file(name: str, start: Callable[..., Any]) -> list[bytes]:
    found = finders.find(name)
    if not found:
        return _answer(start, "404 Not Found", "text/plain", b"")
    kind = guess_type(name)[0] or "application/octet-stream"
    return _answer(start, "200 OK", kind, Path(found).read_bytes())


def _answer(start: Callable[..., Any], status: str, kind: str, body: bytes) -> list[bytes]:
    rules = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    policy = "; ".join(f"{name} {' '.join(map(str, values))}" for name, values in rules.items())
    headers = [("Content-Type", kind), ("Content-Security-Policy", policy)]
    start(status, [*headers, ("Content-Length", str(len(body)))] if body else headers)
    return [body]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Requests of a test are no news."""
