"""Top floor: settings, URL table, Celery, demo county. Composes the apps; nothing imports it."""

from yeoncheon_portal.celery import app as celery_app

__all__ = ["celery_app"]
