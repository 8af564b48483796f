"""Addresses of the desk, the cases, the visits, and the telephone's webhooks."""

from django.urls import path

from dispatch import bridge_hooks, staff_hooks, webhooks
from dispatch.field import photo_views
from dispatch.field import rota_views as rota
from dispatch.field import views as field
from dispatch.follow_up import views as follow_up
from dispatch.neighbours import views as neighbours
from dispatch.replay import views as replay_views
from dispatch.shifts.urls import urlpatterns as shift_urls
from dispatch.views import case, cases, desk, desk_calls, plans, rules, tuning, visits

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
    path("cases/<uuid:uid>/desk-call/", desk_calls.desk_call, name="desk_call"),
    path("cases/<uuid:uid>/note/", case.note, name="note"),
    path("cases/<uuid:uid>/send/", case.send, name="send"),
    path("cases/<uuid:uid>/call-back/", case.call_back, name="call_back"),
    path("cases/<uuid:uid>/hand-over/", case.hand_over, name="hand_over"),
    path("cases/<uuid:uid>/absence/", case.absence, name="absence"),
    path("cases/<uuid:uid>/stop-ai/", case.stop_ai, name="stop_ai"),
    path("cases/<uuid:uid>/emergency/", case.emergency, name="emergency"),
    path("cases/<uuid:uid>/emergency/sheet/", case.emergency_sheet, name="emergency_sheet"),
    path("cases/<uuid:uid>/close/", case.close, name="close"),
    path("cases/<uuid:uid>/confirm/", case.confirm, name="confirm"),
    *shift_urls,
    path("cases/<uuid:uid>/photos/<uuid:photo>/", photo_views.case_photo, name="case_photo"),
    path("cases/<uuid:uid>/replay/", replay_views.replay, name="replay"),
    path("cases/<uuid:uid>/ask-neighbour/", neighbours.ask_neighbour, name="ask_neighbour"),
    path("n/<str:token>/", neighbours.neighbour, name="neighbour"),
    path("n/<str:token>/opened/", neighbours.opened, name="neighbour_opened"),
    path("n/<str:token>/answer/", neighbours.answer, name="neighbour_answer"),
    path("rota/", rota.rota_page, name="rota"),
    path("rota/add/", rota.rota_add, name="rota_add"),
    path("rota/<uuid:uid>/", rota.rota_line, name="rota_line"),
    path("follow-ups/", follow_up.follow_ups, name="follow_ups"),
    path("follow-ups/<uuid:uid>/done/", follow_up.finish, name="follow_up_done"),
    path("needs/<uuid:uid>/met/", follow_up.meet, name="need_met"),
    path("households/<uuid:uid>/follow-up/", follow_up.set_follow_up, name="follow_up_set"),
    path("households/<uuid:uid>/need/", follow_up.note_need, name="need_note"),
    path("visits/", visits.visit_list, name="visits"),
    path("visits/shell/", field.shell, name="field_shell"),
    path("visits/worker.js", field.worker, name="field_worker"),
    path("visits/cards/", field.cards, name="cards"),
    path("visits/keys/<uuid:uid>/", field.card_alive, name="card_alive"),
    path("visits/<uuid:uid>/", visits.visit, name="visit"),
    path("visits/<uuid:uid>/kit/", field.visit_kit, name="visit_kit"),
    path("visits/<uuid:uid>/queue/", field.visit_queue, name="visit_queue"),
    path("visits/<uuid:uid>/revoke/", field.revoke, name="card_revoke"),
    path("visits/<uuid:uid>/<slug:verb>/", visits.visit_act, name="visit_act"),
    path("plans/", plans.plan, name="plan"),
    path("plans/try/", plans.plan_try, name="plan_try"),
    path("plans/save/", plans.plan_save, name="plan_save"),
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
    path("hooks/staff/<str:token>/", staff_hooks.staff, name="staff"),
    path("hooks/staff/<str:token>/answer/", staff_hooks.staff_answer, name="staff_answer"),
    path("hooks/staff/<str:token>/status/", staff_hooks.staff_status, name="staff_status"),
    path("hooks/bridge/<str:token>/", bridge_hooks.bridge, name="bridge"),
    path("hooks/bridge/<str:token>/answer/", bridge_hooks.bridge_answer, name="bridge_answer"),
    path("hooks/bridge/<str:token>/leg/", bridge_hooks.bridge_leg, name="bridge_leg"),
    path("hooks/bridge/<str:token>/done/", bridge_hooks.bridge_done, name="bridge_done"),
    path("hooks/bridge/<str:token>/status/", bridge_hooks.bridge_status, name="bridge_status"),
    path("hooks/voice/<str:token>/", webhooks.voice, name="voice"),
    path("hooks/voice/<str:token>/answer/", webhooks.voice_answer, name="voice_answer"),
    path("hooks/voice/<str:token>/status/", webhooks.voice_status, name="voice_status"),
    path("hooks/voice/<str:token>/amd/", webhooks.voice_amd, name="voice_amd"),
]
