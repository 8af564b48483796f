from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class MonitoringConfig(AppConfig):
    name = "monitoring"
    verbose_name = _("감지")

    def ready(self) -> None:
        from monitoring import (  # noqa: F401 (connect themselves)
            feed_telling,
            health_tasks,
            receivers,
            registrations,
            run_troubles,
            schedules,
            setting_specs,
            token_reminders,
        )
        from monitoring.doors import checks as doors_checks

        checks.register(doors_checks.sources_can_be_used, "monitoring")
        setting_specs.register_all()
        schedules.register_settings()
        feed_telling.register_kinds()
