from django.urls import path

from monitoring import api
from monitoring.views import feeds

app_name = "monitoring"
urlpatterns = [
    path("api/v1/feeds/<slug:feed>/deliveries", api.deliveries, name="deliver"),
    path("feeds/", feeds.overview, name="feeds"),
    path("feeds/<uuid:uid>/", feeds.delivery, name="delivery"),
]
