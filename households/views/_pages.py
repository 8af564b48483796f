"""One question, one verb, one answer: the shape of every page that changes something."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise

from accounts.models import User
from households.forms import CleanForm
from households.models import Household
from households.rules import Refused

Text = str | Promise


def load(request: HttpRequest, uid: UUID, *, now: datetime) -> Household:
    """The household, if this user may see it; 404 otherwise, also when it does not exist."""
    visible = Household.objects.visible_to(request.user, now=now)
    return get_object_or_404(visible.select_related("township", "enrolment"), uid=uid)


@dataclass(frozen=True, kw_only=True)
class Question:
    """`done` is said after success; `danger` makes the button red; `facts` are told above it."""

    title: Text
    submit: Text
    done: Text
    lead: Text = ""
    danger: bool = False
    facts: list[Text] = field(default_factory=list)


def ask(
    request: HttpRequest,
    household: Household,
    question: Question,
    form: CleanForm,
    verb: Callable[[dict[str, Any]], object],
) -> HttpResponse:
    """GET shows the form. POST calls `verb` with the clean values and goes back to the household.

    What the verb refuses is shown on the form, so nothing typed is lost; pressing twice meets the
    verb's own refusal.
    """
    if request.method == "POST" and form.is_valid():
        try:
            verb(form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, str(question.done))
            return redirect(household)
    return render(
        request,
        "households/question.html",
        {"household": household, "question": question, "form": form},
    )


def act(
    request: HttpRequest, household: Household, done: Text, verb: Callable[[], object]
) -> HttpResponse:
    """A button without a form: do it and go back; a refusal becomes a message."""
    try:
        verb()
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, str(done))
    return redirect(household)


def clerk(request: HttpRequest) -> User:
    """The signed-in person; AccessMiddleware lets nobody else reach these views."""
    return cast(User, request.user)


def data_of(request: HttpRequest) -> Any:
    """Form data of a POST; None leaves the form unbound."""
    return request.POST if request.method == "POST" else None
