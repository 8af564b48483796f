from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HouseholdsConfig(AppConfig):
    name = "households"
    verbose_name = _("대상자")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from households import registrations

        registrations.register()
