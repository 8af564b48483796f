from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MonitoringConfig(AppConfig):
    name = "monitoring"
    verbose_name = _("감지")

    def ready(self) -> None:
        from monitoring import receivers, registrations, setting_specs  # noqa: F401 (connects)

        setting_specs.register_all()
