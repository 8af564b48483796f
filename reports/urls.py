from django.urls import path

from reports.views import pages

app_name = "reports"

urlpatterns = [
    path("dashboard/", pages.dashboard, name="dashboard"),
    path("years/<int:year>/", pages.year, name="year"),
    path("pledge/", pages.pledge_card, name="pledge"),
    path("pledge/<slug:code>.json", pages.pledge_json, name="pledge_json"),
]
