"""Webhooks: an alert told to a program, signed so that it can tell who spoke.

Headers and signature follow Standard Webhooks 1.0 (https://www.standardwebhooks.com, "Signature scheme"): `webhook-id` stays the same
when a call is repeated, `webhook-timestamp` is the second of the call, `webhook-signature` is `v1,` and the base64 of the HMAC-SHA256
of id, timestamp and body, joined by dots.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

import ckan.plugins.toolkit as tk

from ...core import http
from ...core.errors import ConfigurationError, SourceStatus
from ...core.i18n import N_, translate

KEYS_PREFIX = "ckanext.datenplattform.timeseries.webhook_key."
NO_KEY = N_("the key “%(name)s” for webhooks is not in the ini file (%(key)s)")
BAD_KEY = N_("the key “%(name)s” for webhooks is too short or malformed (%(key)s)")
#: What a program may take to answer, in seconds, and to say, in bytes: nobody reads it.
DEADLINE, MOST_BYTES = 15, 100_000
#: The standard asks for 24 bytes at least.
SHORTEST = 24


def is_name(text: str) -> bool:
    """Whether a text may be the name of a key."""
    return bool(re.fullmatch(r"[A-Za-z0-9_-]{1,60}", text))


def key(name: str) -> bytes:
    """The key that the operator stored under a name. Raises ConfigurationError, which never names the key itself."""
    setting = KEYS_PREFIX + name
    given = str(tk.config.get(setting) or "")
    if not given:
        raise ConfigurationError(cause=translate(NO_KEY) % {"name": name, "key": setting})
    try:
        found = base64.b64decode(given.removeprefix("whsec_"), validate=True) if given.startswith("whsec_") else given.encode()
    except binascii.Error:
        found = b""
    if len(found) < SHORTEST:
        raise ConfigurationError(cause=translate(BAD_KEY) % {"name": name, "key": setting})
    return found


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def send(url: str, name: str, message_id: str, timestamp: int, body: bytes) -> None:
    """Call a webhook. Raises PlatformError unless it answers 2xx; a redirect is not followed."""
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(key(name), message_id, timestamp, body),
    }
    budget = http.new_budget(url, deadline=DEADLINE, max_bytes=MOST_BYTES)
    with (
        http.session() as session,
        session.request("POST", url, data=body, headers=headers, allow_redirects=False, stream=True, budget=budget) as answer,
    ):
        if not 200 <= answer.status_code < 300:
            raise SourceStatus(http.host_of(url), status=answer.status_code)


