from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("목표와 실적")

    def ready(self) -> None:
        from reports import registrations

        registrations.register()
