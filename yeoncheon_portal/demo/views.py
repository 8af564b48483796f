"""The demo's own page: its clock, its speed, and the story in six steps."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import clock
from accounts.access import allow_signed_in

from . import pace
from .places import phones_url


@dataclass(frozen=True)
class Speed:
    """One button of the page: what it is called and what it says when it was pressed."""

    key: str
    label: str
    done: str


def speeds() -> list[Speed]:
    return [
        Speed("1", _("1배속"), _("시연 시계를 실제 속도로 맞췄습니다.")),
        Speed("60", _("60배속"), _("1분에 한 시간씩 지나갑니다.")),
        Speed("next", _("다음 신호까지"), _("새 신호가 나올 때까지 빠르게 감습니다.")),
    ]


@allow_signed_in
@require_http_methods(["GET", "POST"])
def panel(request: HttpRequest) -> HttpResponse:
    """Shows and changes the demo's pace. 404 wherever this is not a demo.

    A second click sets the same speed once more, which changes nothing.
    """
    if not settings.PORTAL_DEMO:
        raise Http404
    if request.method == "POST":
        chosen = next((s for s in speeds() if s.key == request.POST.get("speed")), None)
        if chosen is None:
            messages.error(request, _("속도를 골라 주세요."))
        else:
            _set(chosen.key)
            messages.success(request, chosen.done)
        return redirect("demo")
    context = {
        "now": clock.now(),
        "speeds": speeds(),
        "current": _current(),
        "phones_url": phones_url(),
    }
    return render(request, "demo/panel.html", context)


def _set(key: str) -> None:
    if key == "next":
        pace.run_until(pace.UNTIL_SIGNAL)
    else:
        pace.run_at(float(key))


def _current() -> str:
    """The key of the speed that is on; "" for one that no button sets."""
    if pace.mode():
        return "next"
    return {pace.NORMAL: "1", pace.QUICK: "60"}.get(clock.demo_speed(), "")
