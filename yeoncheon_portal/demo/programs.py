"""The programs of an installation, the same here and in docker-compose.yml (a test compares)."""

WEB = (
    "gunicorn yeoncheon_portal.wsgi --bind {bind} --worker-class gthread --preload"
    " --workers 2 --threads 6 --graceful-timeout 5"
)
WORKER = (
    "celery --app yeoncheon_portal worker --concurrency 2 --loglevel INFO"
    " --without-gossip --without-mingle"
)
BEAT = "celery --app yeoncheon_portal beat --loglevel INFO --schedule {schedule} --pidfile="
