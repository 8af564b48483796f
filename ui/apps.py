from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class UiConfig(AppConfig):
    name = "ui"
    verbose_name = _("화면")

    def ready(self) -> None:
        from ui import checks as ui_checks

        checks.register(ui_checks.menu_entries_lead_somewhere, checks.Tags.urls)
        checks.register(ui_checks.registered_templates_exist, checks.Tags.templates)
