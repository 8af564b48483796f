"""The URL table. Each app declares its own paths and who may call them (accounts.access)."""

from django.urls import include, path

from yeoncheon_portal import views
from yeoncheon_portal.demo import views as demo_views

handler400 = "ui.views.bad_request"
handler403 = "ui.views.forbidden"
handler404 = "ui.views.not_found"
handler500 = "ui.views.server_error"

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("demo/", demo_views.panel, name="demo"),
    path("", include("accounts.urls")),
    path("", include("households.urls")),
    path("", include("monitoring.urls")),
    path("", include("dispatch.urls")),
    path("", include("reports.urls")),
]
