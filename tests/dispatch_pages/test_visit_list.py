"""The list of one's visits: news come by themselves, and cost nothing where there are none."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import AccessLog
from dispatch import actions
from tests.cast import sign_in
from tests.dispatch_pages.conftest import NAME, text_of

pytestmark = pytest.mark.django_db
BACKGROUND = {"X-Background": "1"}


def test_a_new_visit_comes_by_itself_and_nothing_new_costs_nothing(
    claimed,
    responder,
    operator,
    now,
    frozen_clock,
    django_assert_num_queries,
):
    phone = sign_in(Client(), responder)
    assert 'data-news="/visits/news/"' in text_of(phone.get("/visits/"))
    first = phone.get("/visits/news/", headers=BACKGROUND)
    assert "지금 맡은 방문이 없습니다" in text_of(first)
    headers = {**BACKGROUND, "If-None-Match": first["ETag"]}
    frozen_clock.tick(timedelta(minutes=1))
    looks, active = AccessLog.objects.count(), phone.session["active_at"]
    with django_assert_num_queries(6):
        unchanged = phone.get("/visits/news/", headers=headers)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    sent = actions.send_responder(case=claimed, responder=responder, by=operator, now=now)
    news = phone.get("/visits/news/", headers=headers)
    assert news.status_code == 200
    assert f'data-uid="{sent.uid}"' in text_of(news)
    assert NAME not in text_of(news)
    headers["If-None-Match"] = news["ETag"]
    actions.accept_visit(visit=sent, by=responder, now=now)
    assert phone.get("/visits/news/", headers=headers).status_code == 200
    assert AccessLog.objects.count() == looks
    assert phone.session["active_at"] == active
    assert "no-store" in news["Cache-Control"]


def test_the_news_are_ones_own(visit, responder2, operator):
    other = sign_in(Client(), responder2).get("/visits/news/")
    assert str(visit.uid) not in text_of(other)
    assert sign_in(Client(), operator).get("/visits/news/").status_code == 403
