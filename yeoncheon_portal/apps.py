from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "yeoncheon_portal"
    verbose_name = "연천군 신호등 포털"

    def ready(self) -> None:
        from yeoncheon_portal import registrations  # noqa: F401
