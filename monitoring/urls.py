from django.urls import path

from monitoring import api
from monitoring.views import (
    api_docs,
    calendar,
    feeds,
    household,
    incidents,
    quieter,
    tokens,
    unknown,
)

app_name = "monitoring"
urlpatterns = [
    path("api/v1/feeds/<slug:feed>/deliveries", api.deliveries, name="deliver"),
    path("api/v1/schema/", api_docs.schema, name="schema"),
    path("api/docs/", api_docs.page, name="api_docs"),
    path("feeds/tokens/", tokens.overview, name="tokens"),
    path("feeds/tokens/new/", tokens.issue, name="token_new"),
    path("feeds/tokens/<int:token_id>/rotate/", tokens.rotate, name="token_rotate"),
    path("feeds/tokens/<int:token_id>/limits/", tokens.limits, name="token_limits"),
    path("feeds/tokens/<int:token_id>/revoke/", tokens.revoke, name="token_revoke"),
    path("feeds/unknown/", unknown.overview, name="unknown"),
    path("feeds/unknown/<int:pk>/link/", unknown.link, name="unknown_link"),
    path("feeds/unknown/<int:pk>/reveal/", unknown.reveal, name="unknown_reveal"),
    path("feeds/unknown/<int:pk>/discard/", unknown.discard, name="unknown_discard"),
    path("feeds/unknown/<int:pk>/restore/", unknown.restore, name="unknown_restore"),
    path("feeds/", feeds.overview, name="feeds"),
    path("feeds/deliveries/", feeds.deliveries, name="deliveries"),
    path("feeds/<uuid:uid>/", feeds.delivery, name="delivery"),
    path("feeds/<uuid:uid>/rejected.csv", feeds.rejected, name="delivery_rejected"),
    path("feeds/calendar/", calendar.month, name="calendar"),
    path("feeds/homes/", calendar.homes, name="feed_homes"),
    path("feeds/incidents/", incidents.listing, name="incidents"),
    path("feeds/incidents/<uuid:uid>/", incidents.incident, name="incident"),
    path("households/quieter/", quieter.quieter, name="quieter"),
    path("households/quieter/declines/<int:pk>/", quieter.decide_decline, name="decide_decline"),
    path(
        "households/quieter/suggestions/<int:pk>/",
        quieter.decide_suggestion,
        name="decide_suggestion",
    ),
    path("households/<uuid:uid>/activity/", household.activity, name="activity"),
    path("households/<uuid:uid>/why/", household.why, name="why"),
]
