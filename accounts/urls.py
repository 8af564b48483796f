"""Sign-in, own pages, staff, settings, access log, webhooks of short messages."""

from django.urls import include, path

from accounts.views import county, hooks, log, own, sign_in, staff

urlpatterns = [
    path("accounts/still-here/", sign_in.still_here, name="still_here"),
    path("accounts/idle/", sign_in.idle, name="idle"),
    path("accounts/", include("allauth.urls")),
    path("invitations/<str:token>/", sign_in.invitation, name="invitation"),
    path("inbox/", own.inbox, name="inbox"),
    path("inbox/read/", own.inbox_read_all, name="inbox_read_all"),
    path("inbox/<uuid:uid>/", own.inbox_open, name="inbox_open"),
    path("me/", own.me, name="me"),
    path("me/phone/", own.me_phone, name="me_phone"),
    path("me/phone/code/", own.me_phone_code, name="me_phone_code"),
    path("me/phone/confirm/", own.me_phone_confirm, name="me_phone_confirm"),
    path("staff/", staff.staff_page, name="staff"),
    path("staff/invite/", staff.invite, name="staff_invite"),
    path("staff/<uuid:uid>/", staff.person, name="person"),
    path("staff/<uuid:uid>/change/", staff.change, name="person_change"),
    path("staff/<uuid:uid>/grant/", staff.grant, name="person_grant"),
    path("staff/<uuid:uid>/grants/<int:grant_id>/end/", staff.end_role, name="grant_end"),
    path("staff/<uuid:uid>/stand-in/", staff.stand_in, name="person_stand_in"),
    path("staff/<uuid:uid>/end/", staff.end_person, name="person_end"),
    path("staff/<uuid:uid>/reset/", staff.reset, name="person_reset"),
    path("staff/<uuid:uid>/unlock/", staff.unlock, name="person_unlock"),
    path("staff/<uuid:uid>/invite-again/", staff.invite_again, name="person_invite_again"),
    path("settings/", county.settings_page, name="settings"),
    path("settings/<str:name>/", county.setting_page, name="setting"),
    path("access-log/", log.access_log, name="access_log"),
    path("hooks/sms/status/", hooks.sms_status, name="sms_status"),
    path("hooks/sms/inbound/", hooks.sms_inbound, name="sms_inbound"),
]
