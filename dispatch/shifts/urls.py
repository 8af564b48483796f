"""Addresses of the shift plan, the handovers, the wall and the drills."""

from django.urls import path

from dispatch.views import drills, handover, shifts, wall

urlpatterns = [
    path("shifts/", shifts.plan, name="shifts"),
    path("shifts/add/", shifts.add, name="shift_add"),
    path("shifts/pattern/", shifts.pattern, name="shift_pattern"),
    path("shifts/<uuid:uid>/cancel/", shifts.cancel, name="shift_cancel"),
    path("handover/", handover.page, name="handover"),
    path("handover/offer/", handover.offer_many, name="handover_offer"),
    path("handover/<uuid:uid>/<slug:verb>/", handover.answer_one, name="handover_answer"),
    path("wall/", wall.wall, name="wall"),
    path("wall/lock/", wall.lock, name="wall_lock"),
    path("drills/", drills.drills, name="drills"),
    path("drills/homes/", drills.mark_home, name="drill_home"),
    path("drills/open/", drills.open_one, name="drill_open"),
]
