"""The app of cases, calls and visits."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DispatchConfig(AppConfig):
    name = "dispatch"
    verbose_name = _("관제")

    def ready(self) -> None:
        # Registering is the effect of importing them.
        from dispatch import goals, page_registrations, receivers, registrations
        from dispatch.field import registrations as field_registrations
        from dispatch.shifts import registrations as shift_registrations
        from dispatch.tuning import registrations as tuning_registrations

        del field_registrations, goals
        del page_registrations, receivers, registrations, shift_registrations, tuning_registrations
