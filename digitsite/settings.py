"""The project's settings, read from the environment; `.env.example` lists every variable.

An invalid value stops the start, and the error names its variable.
"""

import logging
import os
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import cast
from urllib.parse import quote

from csp.constants import NONE, SELF
from environs import Env, validate
from whitenoise.compress import Compressor

from classifier.jobs import redis_address
from classifier.sheets.webhooks import hosts as webhook_hosts

from . import __version__, installation, queues
from .logs.configuration import FORMATS, configuration
from .s3 import configuration as s3
from .signin import configuration as signin

VERSION = __version__
BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
env.read_env(os.environ.get("ENV_FILE") or str(BASE_DIR / ".env"), recurse=False)

# Everything that this installation writes is in one folder: database, files, Redis, logs, secrets.
DATA_DIR = Path(env.str("DATA_DIR", "") or BASE_DIR / "data").expanduser().resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

# Files: in a bucket of a store that speaks S3, which several machines can share; without one, in DATA_DIR.
S3_BUCKET = env.str("S3_BUCKET", "")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", "", validate=validate.Regexp(r"(https?://[^/\s]+)?\Z"))
FILES = s3.files(
    S3_BUCKET, S3_ENDPOINT_URL, env.str("S3_REGION", ""), env.str("S3_ACCESS_KEY", ""), env.str("S3_SECRET_KEY", "")
)

# Access
SECRET_KEY = installation.secret_key(DATA_DIR, env.str("SECRET_KEY", ""))
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
HTTPS = env.bool("HTTPS", False)
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(min=0))
# Where people reach the site; `manage.py doctor` sends a request there.
SITE_URL = env.str("SITE_URL", "", validate=validate.Regexp(r"(https?://[^/\s]+(/\S*)?)?\Z"))
SIGNUP_OPEN = env.bool("SIGNUP_OPEN", True)
TRY_WITHOUT_ACCOUNT = env.bool("TRY_WITHOUT_ACCOUNT", True)
# What people may use beside a password, and whether staff have to; off, none of it is loaded. See digitsite.signin.
SECOND_FACTORS: list[str] = env.list("SECOND_FACTORS", [], validate=validate.ContainsOnly(signin.FACTORS))
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", False)
OPENID_SERVER = env.str("OPENID_SERVER", "", validate=validate.Regexp(signin.SERVER))
OPENID_NAME = env.str("OPENID_NAME", "") or "OpenID"
OPENID_SIGNUP = env.bool("OPENID_SIGNUP", SIGNUP_OPEN)
OPENID_RIGHTS_CLAIM = env.str("OPENID_RIGHTS_CLAIM", "groups")
OPENID_RIGHTS = signin.rights(env.str("OPENID_RIGHTS", ""))
vars().update(signin.second_factors(SECOND_FACTORS, STAFF_SECOND_FACTOR))
vars().update(
    signin.openid(OPENID_SERVER, OPENID_NAME, env.str("OPENID_CLIENT_ID", ""), env.str("OPENID_CLIENT_SECRET", ""))
)
METRICS_TOKEN = env.str("METRICS_TOKEN", "", validate=validate.Regexp(r"([A-Za-z0-9._~+/=-]{16,})?\Z"))

# The path below which the site is reached, such as /digits; digitsite.wsgi removes it from requests.
SCRIPT_NAME = env.str("SCRIPT_NAME", "", validate=validate.Regexp(r"((/[A-Za-z0-9._~-]+)+/?|/)?\Z")).rstrip("/")
FORCE_SCRIPT_NAME = SCRIPT_NAME or None

COOKIE_SUFFIX = installation.cookie_suffix(SECRET_KEY, s3.place(S3_BUCKET, S3_ENDPOINT_URL, str(DATA_DIR)))
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"sessionid_{COOKIE_SUFFIX}", f"csrftoken_{COOKIE_SUFFIX}"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = SCRIPT_NAME or "/"  # of /digits as well as of /digits/
MESSAGE_STORAGE = "digitsite.notices.NoticeStorage"
CSRF_FAILURE_VIEW = "classifier.pages.site.form_refused"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Browsers that have been here by https never use http for this host again. A year, as ASVS 5 asks (3.4.1).
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 365 * 86400, validate=validate.Range(min=0)) if HTTPS else 0
PERMISSIONS_POLICY: dict[str, list[str]] = {  # the pad and file fields need none of these
    name: []
    for name in (
        "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation",
        "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "serial", "usb",
        "xr-spatial-tracking",
    )
}  # fmt: skip
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains: they may belong to others
    "security.W008",  # the redirect to https: the reverse proxy's task; probes come by http
    "security.W021",  # the browsers' preload list: of a whole domain
]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Application
INSTALLED_APPS = [
    *signin.apps(SECOND_FACTORS, OPENID_SERVER),
    "digitsite",
    "classifier",
    "classifier.sheets",
    "training",
    "django.contrib.admin.apps.SimpleAdminConfig",  # digitsite.urls discovers its pages; workers need none
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "rest_framework",
    "csp",
]
MIDDLEWARE = [
    "digitsite.logs.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "classifier.http.metrics.middleware.MetricsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "classifier.http.compression.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "classifier.http.access.PrivateMiddleware",
    "classifier.http.proxies.ForwardedMiddleware",
    "classifier.http.limits.RequestSizeMiddleware",
    "classifier.http.outages.OutageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "classifier.accounts.last_seen.LastSeenMiddleware",
]
ROOT_URLCONF = "digitsite.urls"
WSGI_APPLICATION = "digitsite.wsgi.application"
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
            ],
        },
    }
]
LANGUAGE_CODE = "en"
USE_I18N = False  # one language: looking it up for every URL and number takes time
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Storage
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{quote(str(DATA_DIR / 'digitsite.sqlite3'))}")}
DATABASES["default"]["CONN_MAX_AGE"] = None
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "digitsite.sqlite"
    DATABASES["default"]["OPTIONS"] = {
        # Readers do not wait for the writer (WAL), and a transaction takes the write lock when it begins: taking
        # it later fails at once, regardless of the timeout, if another process has written meanwhile.
        # Every thread has a connection: with SQLite's default of 2 MB of pages, they would use 40 MB.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-512;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Otherwise a request waits for minutes for a server that is switched off.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)

REDIS_SOCKET = installation.redis_socket(DATA_DIR)
REDIS_URL = env.str("REDIS_URL", "") or f"unix://{REDIS_SOCKET}?db=0"
REDIS_CA_FILE, REDIS_SENTINEL_PASSWORD = env.str("REDIS_CA_FILE", ""), env.str("REDIS_SENTINEL_PASSWORD", "")
# Rate limits, and the dashboard's counts. They are in the database, so limits hold and people can sign in while Redis
# is away.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},  # beyond Django's default of 300, limits would be dropped early
    }
}

MEDIA_ROOT = DATA_DIR / "media"
# Large uploads and batches are received next to where they are stored, so storing one is a rename and /tmp never fills.
# classifier.digits.orphans removes what a killed process leaves there.
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "incoming"
FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True, mode=0o700)
STATIC_URL = f"{SCRIPT_NAME}/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", "") or DATA_DIR / "static")
# Swagger UI shows the API's description. Its package is located without importing it, and only this part is served.
_SIDECAR = cast(ModuleSpec, find_spec("drf_spectacular_sidecar"))
_SWAGGER = Path(str(_SIDECAR.origin)).parent / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor/swagger-ui", _SWAGGER)]
STORAGES = {"default": FILES, "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")  # no page requests the maps
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# Jobs
vars().update(redis_address.parse(REDIS_URL, REDIS_CA_FILE, REDIS_SENTINEL_PASSWORD).celery_settings())
vars().update(queues.CELERY)
CELERY_TASK_QUEUES = queues.QUEUES
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "run" / "schedule")
SIGNS_OF_LIFE = DATA_DIR / "run" / "alive"  # see classifier.jobs.signs_of_life

# Training
# Retrain once a week if this many corrections have been accepted since the last run.
RETRAIN_WEEKLY = env.bool("RETRAIN_WEEKLY", False)
RETRAIN_MIN_CORRECTIONS = env.int("RETRAIN_MIN_CORRECTIONS", 100, validate=validate.Range(min=1))
# Additional sets that every version is measured on: name=path (layouts: `manage.py evaluate --help`).
EVALUATION_SETS: dict[str, str] = env.dict("EVALUATION_SETS", {})

# People
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "classifier:home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
PASSWORD_RESET_TIMEOUT = 24 * 3600  # seconds in which a link for a new password works
# A stranger at a signed-in browser must not take the account over by changing the e-mail address.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# An address may be a school. 200 people who sign up and sign in within five minutes, with three errors each, stay below
# the limits of an address; wrong passwords are counted for each account (classifier.accounts.attempts).
ACCOUNT_RATE_LIMITS = {
    "signup": "1000/5m/ip",
    "login": "1500/5m/ip",
    "login_failed": "5/5m/key",  # codes of a second factor, for each account; of passwords, these three:
    "wrong_password_here": "5/5m/key",
    "wrong_password": "30/15m/key",
    "wrong_password_known": "5/5m/key",
    "reset_password": "100/5m/ip,5/5m/key",
    "reset_password_from_key": "1000/5m/ip",
    "close_account": "5/m/user",
    "change_name": "10/m/user",
    "end_session": "30/m/user",
}
# Signing up must not tell a stranger who has an account, so an address may be given twice; confirmed, it is unique.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_FORMS = {
    "change_password": "classifier.pages.accounts.forms.ChangePasswordForm",
    "reset_password_from_key": "classifier.pages.accounts.forms.ResetPasswordKeyForm",
}
ACCOUNT_ADAPTER = "digitsite.accounts.AccountAdapter"
vars().update(env.dj_email_url("EMAIL_URL", "console:"))
if vars()["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend":
    EMAIL_BACKEND = "classifier.accounts.mail.PrintedMail"
# Who helps people here, for example "Ms Berg, room 12, berg@school.example"; pages name them.
CONTACT = env.str("CONTACT", "").strip()
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "digitsite <noreply@localhost>")

# For how many days the site keeps picture files as they were sent, and drawings; 0: until their owners delete them.
KEEP_ORIGINALS_DAYS = env.int("KEEP_ORIGINALS_DAYS", 0, validate=validate.Range(min=0, max=36_500))
KEEP_DIGITS_DAYS = env.int("KEEP_DIGITS_DAYS", 0, validate=validate.Range(min=0, max=36_500))

# Limits
UPLOAD_MAX_MB = env.int("UPLOAD_MAX_MB", 32, validate=validate.Range(min=1, max=200))
PICTURE_MAX_MEGAPIXELS = env.int("PICTURE_MAX_MEGAPIXELS", 200, validate=validate.Range(min=1, max=200))
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6000  # allows this many selected digits, see classifier.digits.deletion
# Batches: the largest archive, the most files in one, their total size when unpacked, and how many are decoded at once
# (0: one for each core).
BATCH_MAX_MB = env.int("BATCH_MAX_MB", 500, validate=validate.Range(min=1, max=4000))
BATCH_MAX_FILES = env.int("BATCH_MAX_FILES", 100_000, validate=validate.Range(min=1, max=1_000_000))
BATCH_MAX_UNPACKED_MB = env.int("BATCH_MAX_UNPACKED_MB", 2000, validate=validate.Range(min=1))
BATCH_PROCESSES = env.int("BATCH_PROCESSES", 0, validate=validate.Range(min=0, max=64))
DATA_UPLOAD_MAX_NUMBER_FILES = 1000  # files of one batch; more must be sent as an archive
# The largest export that may be imported; unpacked, it may be ten times as large.
IMPORT_MAX_MB = env.int("IMPORT_MAX_MB", 500, validate=validate.Range(min=1, max=4000))
# The disk counts as full with less room than this, see classifier.jobs.room.
DISK_RESERVE_MB = env.int("DISK_RESERVE_MB", 64, validate=validate.Range(min=2))
# Seconds that a request waits for its answer, then it is "working on it"; for a thread, then further ones are refused.
ANSWER_WAIT_S = env.float("ANSWER_WAIT_S", 4.0, validate=validate.Range(min=0, max=25))
BUSY_AFTER_S = env.float("BUSY_AFTER_S", 5.0, validate=validate.Range(min=0.5, max=15))
TOKEN_AT_ONCE = env.int("TOKEN_AT_ONCE", 1, validate=validate.Range(min=1))  # requests, while people draw
# The MNIST file (mnist.npz); empty: the copy that Keras keeps, or a download.
MNIST_PATH = env.str("MNIST_PATH", "")

# API
# How many requests a token (or a person's browser) may send, such as 1200/minute; empty: no limit.
_RATE = validate.Regexp(r"([1-9]\d{0,8}/(second|minute|hour|day))?\Z")
API_RATE = env.str("API_RATE", "1200/minute", validate=_RATE)
# How many previews and answers a network address may request without an account; empty: no limit.
TRY_RATE = env.str("TRY_RATE", "3000/minute", validate=_RATE)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "classifier.accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "classifier.accounts.tokens.WithinScope",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["classifier.api.rates.ApiThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",  # loaded by `manage.py write_schema` alone
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "EXCEPTION_HANDLER": "classifier.http.problems.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

# Sheets
# The hosts to which messages about stacks may be sent, such as hooks.example.org; see classifier.sheets.webhooks.hosts.
WEBHOOK_HOSTS = webhook_hosts.parse(env.str("WEBHOOK_HOSTS", ""))

# Logging
LOGGING = configuration(
    env.str("LOG_FORMAT", "lines", validate=validate.OneOf(list(FORMATS))),
    env.log_level("LOG_LEVEL", logging.INFO),
    warnings_to_stdout=env.bool("WARNINGS_TO_STDOUT", False),
)
