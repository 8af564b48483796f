"""What templates know of their viewer."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template

from accounts.context import viewer
from accounts.models import Message
from accounts.roles import Role


@pytest.fixture
def request_of(rf, frozen_clock):
    def make(user):
        request = rf.get("/")
        request.user = user
        return request

    return make


def test_a_template_knows_the_viewer(request_of, clerk_and_responder, now):
    Message.objects.create(
        recipient=clerk_and_responder, channel="inbox", kind="x", created_at=now, due_at=now
    )
    Message.objects.create(
        recipient=clerk_and_responder, channel="sms", kind="x", created_at=now, due_at=now
    )
    found = viewer(request_of(clerk_and_responder))["viewer"]
    assert found.name == "전하린"
    assert found.organisation == "전곡읍 행정복지센터"
    assert found.roles == {Role.TOWNSHIP_CLERK, Role.RESPONDER}
    assert found.role_labels == ["읍·면 담당자", "현장 출동"]
    assert (found.signed_in, found.unread, found.idle_seconds) == (True, 1, 20 * 60)


def test_nobody_is_a_viewer_without_a_name(request_of, db):
    found = viewer(request_of(AnonymousUser()))["viewer"]
    assert (found.name, found.signed_in, found.roles, found.idle_seconds) == (
        "",
        False,
        frozenset(),
        0,
    )


def test_a_page_that_does_not_ask_costs_nothing(request_of, operator, django_assert_num_queries):
    with django_assert_num_queries(0):
        viewer(request_of(operator))


def test_the_demo_is_told(request_of, db, settings):
    settings.PORTAL_DEMO = True
    assert viewer(request_of(AnonymousUser()))["viewer"].demo is True


@pytest.mark.urls("tests.accounts.test_access")
def test_a_link_is_shown_only_to_those_it_opens_for(request_of, operator, outsider):
    page = Template(
        "{% load access %}{% may 'staff' as a %}{% may 'no_such' as b %}{{ a }} {{ b }}"
    )
    assert page.render(Context({"request": request_of(outsider)})) == "True False"
    assert page.render(Context({"request": request_of(AnonymousUser())})) == "False False"
    assert page.render(Context({})) == "False False"
