from django.urls import path

from households.views import absences, changes, consents, detail, enrolling, listing

app_name = "households"
urlpatterns = [
    path("households/", listing.household_list, name="list"),
    path("households/search/", listing.search, name="search"),
    path("households/new/", enrolling.enrol, name="enrol"),
    path("households/new/draft/", enrolling.draft, name="draft"),
    path("households/new/draft/discard/", enrolling.discard, name="discard_draft"),
    path("households/consent-form/", consents.paper, name="consent_paper"),
    path("households/<uuid:uid>/", detail.household_detail, name="detail"),
    path("households/<uuid:uid>/reveal/", detail.reveal, name="reveal"),
    path("households/<uuid:uid>/history/", detail.history, name="history"),
    path("households/<uuid:uid>/correct/", changes.correct, name="correct"),
    path("households/<uuid:uid>/state/<slug:event>/", changes.change_state, name="state"),
    path("households/<uuid:uid>/risk/", changes.risk, name="risk"),
    path("households/<uuid:uid>/contacts/new/", changes.add_contact, name="add_contact"),
    path(
        "households/<uuid:uid>/contacts/<uuid:contact>/remove/",
        changes.remove_contact,
        name="remove_contact",
    ),
    path("households/<uuid:uid>/feeds/<slug:feed>/link/", changes.link, name="link"),
    path("households/<uuid:uid>/feeds/<slug:feed>/unlink/", changes.unlink, name="unlink"),
    path("households/<uuid:uid>/feeds/<slug:feed>/swap/", changes.swap, name="swap"),
    path("households/<uuid:uid>/consents/<slug:purpose>/give/", consents.give, name="give_consent"),
    path(
        "households/<uuid:uid>/consents/<slug:purpose>/withdraw/",
        consents.withdraw,
        name="withdraw_consent",
    ),
    path("households/<uuid:uid>/absences/new/", absences.plan, name="plan_absence"),
    path("households/<uuid:uid>/absences/<uuid:absence>/end/", absences.end, name="end_absence"),
]
