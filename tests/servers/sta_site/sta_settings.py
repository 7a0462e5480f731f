# pyright: basic, reportMissingImports=false
"""Django settings of the SensorThings demo and test server.

Runs only in that server's own virtual environment (see ``tests/servers/sensorthings.py``), never in
CKAN's. Read from the environment, so that one copy of this file serves any number of servers:

- ``DATENPLATTFORM_STA_DB``: path of the SQLite file.
- ``DATENPLATTFORM_STA_URL``: address under which links are handed out, without the version
  (``http://127.0.0.1:8301``). The server builds each self, navigation and next link from it.
"""

import os
from uuid import UUID

DEBUG = False
SECRET_KEY = "loopback-demo-only"  # nothing is signed here: no sessions, no users, loopback only
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "sta_urls"
ASGI_APPLICATION = "sta_asgi.application"
# As in every Django project: it turns ``/v1.1`` into a redirect to ``/v1.1/``.
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
USE_TZ = True
TIME_ZONE = "UTC"

INSTALLED_APPS = [
    "sensorthings.versions.v1_1",
    "sensorthings.versions.v1_1.backends.django",
    "sensorthings.versions.v1_1.extensions.dataarray",
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["DATENPLATTFORM_STA_DB"],
        "OPTIONS": {
            "timeout": 20,
            # A writer (live data) must not lock out a reader (harvest), hence WAL.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            "transaction_mode": "IMMEDIATE",
        },
    }
}

# A bulk request of 10,000 observations is larger than Django's 2.5 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024

SENSORTHINGS_V1_1_SERVICE_URL = os.environ["DATENPLATTFORM_STA_URL"]
SENSORTHINGS_V1_1_BACKEND_ADAPTER = "sensorthings.versions.v1_1.backends.django.adapter.DjangoBackendAdapter"
SENSORTHINGS_V1_1_ID_TYPE = UUID
SENSORTHINGS_V1_1_ID_DELIMITER = "'"
SENSORTHINGS_V1_1_DOCS_ENABLED = False
