"""Settings of the portal. What a county sets comes from the environment (.env.example)."""

from datetime import timedelta
from importlib.util import find_spec

import dj_database_url
from csp.constants import NONE, SELF

from yeoncheon_portal import beat, env

BASE_DIR = env.BASE_DIR
LOCAL_DIR = env.LOCAL_DIR

# ── this installation ────────────────────────────────────────────────────────
PUBLIC_BASE_URL = env.text("PUBLIC_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
SERVED_OVER_HTTPS = PUBLIC_BASE_URL.startswith("https://")
PORTAL_DEMO = env.flag("PORTAL_DEMO")
# Called once a minute while the auditor finds nothing; whoever listens misses it when it stops.
HEARTBEAT_URL = env.text("HEARTBEAT_URL", "")
DEBUG = False
SECRET_KEY = env.secret("SECRET_KEY", served_over_https=SERVED_OVER_HTTPS)
FIELD_KEYS = env.secret("FIELD_KEYS", served_over_https=SERVED_OVER_HTTPS).split(",")
BLIND_INDEX_KEY = env.secret("BLIND_INDEX_KEY", served_over_https=SERVED_OVER_HTTPS)
ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]

TELEPHONE_LINE = env.text("TELEPHONE_LINE", "dispatch.telephony.twilio_line.TwilioLine")
TWILIO = {
    "ACCOUNT_SID": env.text("TWILIO_ACCOUNT_SID"),
    "AUTH_TOKEN": env.text("TWILIO_AUTH_TOKEN"),
    "AUTH_TOKEN_SECONDARY": env.text("TWILIO_AUTH_TOKEN_SECONDARY"),
    "FROM_NUMBER": env.text("TWILIO_FROM_NUMBER"),
    "API_BASE_URL": env.text("TWILIO_API_BASE_URL").rstrip("/"),
}

# ── applications: floors from the top down, see the import contracts in pyproject.toml ──
INSTALLED_APPS = [
    "yeoncheon_portal",
    "reports",
    "dispatch",
    "monitoring",
    "households",
    "accounts",
    "ui",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
# Only development machines have the package that keeps migrations in one line.
if find_spec("django_linear_migrations"):
    INSTALLED_APPS.append("django_linear_migrations")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "ui.middleware.ErrorPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.RememberedSettingsMiddleware",
    "accounts.middleware.IdleSignOutMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "accounts.access.AccessMiddleware",
    "dispatch.wall_only.WallOnly",
    "dispatch.handover.middleware.NobodyLeavesACase",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "yeoncheon_portal.urls"
WSGI_APPLICATION = "yeoncheon_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.viewer",
            ],
        },
    },
]

# ── stores ───────────────────────────────────────────────────────────────────
# Unset URLs mean the embedded servers; manage.py starts them and sets the variables.
DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/portal"),
        conn_max_age=60,
        conn_health_checks=True,
    ),
}
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── people who sign in ───────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
# The second factor is required everywhere but in the demo.
SECOND_FACTOR_REQUIRED = not PORTAL_DEMO
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "change_password": "accounts.forms.OwnPasswordForm",
    "reauthenticate": "accounts.forms.ConfirmPasswordForm",
}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Guesses of the second factor, per person. Wrong passwords are axes' (adapters.pre_authenticate).
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key", "login": "60/m/ip"}
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms.SecondFactorForm",
    "reauthenticate": "accounts.forms.ConfirmSecondFactorForm",
    "activate_totp": "accounts.forms.SetUpSecondFactorForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "연천군 신호등 포털"
MFA_TOTP_TOLERANCE = 1
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = ["username"]
# The name alone is counted, over all addresses and browsers: a second address gives no new tries.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
# An operator alone at night must be able to try again; eight hours would cost more than guesses.
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "accounts.sign_in.typed_username"
AXES_CLIENT_IP_CALLABLE = "accounts.audit.client_ip"
AXES_LOCKOUT_CALLABLE = "accounts.views.sign_in.locked_out"
AXES_SENSITIVE_PARAMETERS = ["login", "username", "password", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True  # accounts.AccessLog has it
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False

# ── safety of every answer ───────────────────────────────────────────────────
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SERVED_OVER_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SERVED_OVER_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SERVED_OVER_HTTPS else None
SECURE_HSTS_SECONDS = 31536000 if SERVED_OVER_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# How many proxies of our own write X-Forwarded-For; the access log records who is behind them.
TRUSTED_PROXY_COUNT = int(env.text("TRUSTED_PROXY_COUNT", "0"))
CSRF_FAILURE_VIEW = "ui.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
        "worker-src": [SELF],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# ── language and time: stored in UTC, shown in Seoul ─────────────────────────
LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", "한국어"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Seoul"

# ── look ─────────────────────────────────────────────────────────────────────
FORM_RENDERER = "ui.forms.PortalRenderer"
STATIC_URL = "static/"
STATIC_ROOT = LOCAL_DIR / "staticfiles"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "ui.finders.NpmFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# ── work in the background: the database is the queue, Celery only wakes it ──
CELERY_BROKER_URL = REDIS_URL
# Redis only wakes: whoever writes does not wait for one that is gone.
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 0, "socket_connect_timeout": 1.0}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = beat.SCHEDULE

# ── partners' API ────────────────────────────────────────────────────────────
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Yeoncheon signal light: deliveries of partners",
    "DESCRIPTION": "How KEPCO, SKT and the care app deliver their files to the county's portal.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVERS": [{"url": PUBLIC_BASE_URL}],
    "SORT_OPERATIONS": False,
}

# Other doors of the feeds: a watched folder, and partners' servers to fetch from (.env.example).
FEED_FOLDER = env.text("FEED_FOLDER")
FEED_FOLDER_KEEP_DAYS = int(env.text("FEED_FOLDER_KEEP_DAYS", "0"))
FEED_PULL = env.beginning("FEED_PULL_")

# A demo has no mail server: what would be sent is written to the log of the worker.
EMAIL_BACKEND = f"django.core.mail.backends.{'console' if PORTAL_DEMO else 'smtp'}.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = int(env.text("EMAIL_PORT", "25"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "no-reply@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {
        "hide_tokens": {"()": "accounts.log_filter.HideTokens"},
        "short_refusals": {"()": "accounts.log_filter.ShortRefusals"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["hide_tokens", "short_refusals"],
        }
    },
    # At DEBUG these write addresses with telephone numbers, and user names.
    "loggers": {"urllib3": {"level": "INFO"}, "axes": {"level": "ERROR"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}
