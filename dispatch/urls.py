"""Addresses of the desk, the cases, the visits, and the telephone's webhooks."""

from django.urls import path

from dispatch import webhooks
from dispatch.views import case, cases, desk, rules, tuning, visits

app_name = "dispatch"

urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/queue/", desk.queue_part, name="queue"),
    path("desk/claim/", desk.claim_newest, name="claim_newest"),
    path("cases/", cases.case_list, name="cases"),
    path("cases/<uuid:uid>/", case.case, name="case"),
    path("cases/<uuid:uid>/claim/", case.claim, name="claim"),
    path("cases/<uuid:uid>/reveal/", case.reveal, name="reveal"),
    path("cases/<uuid:uid>/call/", case.record_call, name="record_call"),
    path("cases/<uuid:uid>/note/", case.note, name="note"),
    path("cases/<uuid:uid>/send/", case.send, name="send"),
    path("cases/<uuid:uid>/call-back/", case.call_back, name="call_back"),
    path("cases/<uuid:uid>/hand-over/", case.hand_over, name="hand_over"),
    path("cases/<uuid:uid>/close/", case.close, name="close"),
    path("cases/<uuid:uid>/confirm/", case.confirm, name="confirm"),
    path("visits/", visits.visit_list, name="visits"),
    path("visits/<uuid:uid>/", visits.visit, name="visit"),
    path("visits/<uuid:uid>/<slug:verb>/", visits.visit_act, name="visit_act"),
    path("tuning/", tuning.tuning, name="tuning"),
    path("tuning/preview/", tuning.preview, name="tuning_preview"),
    path("tuning/save/", tuning.save, name="tuning_save"),
    path("tuning/compute/", tuning.compute, name="tuning_compute"),
    path("tuning/points/", tuning.points, name="tuning_points"),
    path("tuning/progress/", tuning.progress, name="tuning_progress"),
    path("tuning/rules/", rules.rules, name="rules"),
    path("tuning/rules/upload/", rules.upload, name="rule_upload"),
    path("tuning/rules/learn/", rules.learn, name="rule_learn"),
    path("tuning/rules/back/", rules.back, name="rule_back"),
    path("tuning/rules/<str:version>/live/", rules.live, name="rule_live"),
    path("tuning/rules/<str:version>/retire/", rules.retire, name="rule_retire"),
    path("hooks/voice/<str:token>/", webhooks.voice, name="voice"),
    path("hooks/voice/<str:token>/answer/", webhooks.voice_answer, name="voice_answer"),
    path("hooks/voice/<str:token>/status/", webhooks.voice_status, name="voice_status"),
    path("hooks/voice/<str:token>/amd/", webhooks.voice_amd, name="voice_amd"),
]
