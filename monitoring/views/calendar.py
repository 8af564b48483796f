"""What should have come and what did: a month of days per feed, and the homes behind a day."""

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import allow
from households.days import local_day
from households.models import Feed, Household
from monitoring.forms import CalendarForm, FeedHomesForm
from monitoring.models import IntakeDay
from monitoring.presenters import calendar as presenter
from monitoring.presenters import feed_homes
from monitoring.querysets import FEED_READERS

PER_PAGE = 50


@allow(*FEED_READERS)
@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """`?feed=power&month=2026-06&township=…`; power and this month where nothing is asked."""
    now = clock.now()
    today = local_day(now)
    form = CalendarForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    feed = asked.get("feed") or Feed.POWER.value
    first: date = asked.get("month") or today.replace(day=1)
    township = asked["township"].pk if asked.get("township") else ""
    rows = IntakeDay.objects.visible_to(request.user, now=now).filter(
        feed=feed, day__year=first.year, day__month=first.month
    )
    if township:
        rows = rows.filter(township=township)
    shown = presenter.month(rows, first, feed=feed, township=township, today=today)
    context = {
        "form": form,
        "feed": Feed(feed),
        "feeds": list(Feed),
        "month": shown,
        "township": asked.get("township"),
        "month_value": f"{first:%Y-%m}",
        "is_newest": (first.year, first.month) >= (today.year, today.month),
        "weekdays": presenter.WEEKDAYS[6:] + presenter.WEEKDAYS[:6],
    }
    return render(request, "monitoring/calendar.html", context)


@allow(*FEED_READERS)
@require_safe
def homes(request: HttpRequest) -> HttpResponse:
    """`?feed=power&day=2026-06-29&township=…&only=missing`: the homes that a number counts."""
    now = clock.now()
    form = FeedHomesForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    feed = asked.get("feed") or Feed.POWER.value
    day: date = asked.get("day") or local_day(now)
    visible = Household.objects.visible_to(request.user, now=now)
    if asked.get("township"):
        visible = visible.filter(township=asked["township"])
    found = feed_homes.of(visible, feed, day, only_missing=asked.get("only") == "missing", now=now)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "feed": Feed(feed),
        "day": day,
        "page": page,
        "rows": feed_homes.rows(list(page.object_list)),
        "expected": feed_homes.expected_hours(feed, day, now=now),
    }
    return render(request, "monitoring/feed_homes.html", context)
