from django.apps import AppConfig
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
            schedules,
            setting_specs,
            token_reminders,
        )

        setting_specs.register_all()
        schedules.register_settings()
        feed_telling.register_kinds()
