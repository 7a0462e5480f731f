"""The subscription at the broker: registered when the source wants it, renewed by each run, cancelled when it no longer wants it.

NGSI-LD (ETSI GS CIM 009 V1.6.1): 5.2.12 (Subscription), 5.2.14 and 5.2.15 (where to tell it), 5.2.22 (``receiverInfo``, the header with
the secret), 6.10 and 6.11 (HTTP). NGSIv2: sections "Subscription payload datamodel" (``httpCustom`` with ``headers``) and "Subscription
By ID".
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.datenplattform.core.errors import SourceError, SourceFormat, SourceStatus
from ckanext.datenplattform.core.i18n import N_, translate

from ...core.clock import utcnow
from ..ngsi_client import NOT_NGSI, NgsiClient
from ..ngsi_v2 import NgsiV2Client
from ..records import Source, content_hash
from .model import NgsiSubscription, NgsiWaiting

log = logging.getLogger(__name__)

#: Of the header that carries the secret.
HEADER = "X-Datenplattform-Secret"
PATH = "/api/ngsi/"
#: Days until it ends unless it is renewed: longer than the longest interval between two runs. And when less is left, it is.
DAYS, RENEW = 40, 35
GONE = 404
FAILED = frozenset({"failed", "expired", "inactive", "paused"})

NEEDS_TIME = N_(
    "Values that a broker tells of its own accord are only taken with the time when they were measured (observedAt). Please choose it as "
    "“Time of a measurement”, or switch the telling off."
)
REFUSED = N_("The broker did not accept that it should tell new values by itself: %(cause)s They go on coming with each run.")


def keep_up(source: Source, client: NgsiClient, kinds: Sequence[str]) -> str:
    """Bring the broker in line with the settings; a sentence for people when that failed, else nothing. ``kinds``: the types that are
    harvested. Commits."""
    row = model.Session.get(NgsiSubscription, source.id, populate_existing=True)
    if not source.settings["push"]:
        if row is not None:
            return cancel(source, client)
        return ""
    if row is None:
        row = NgsiSubscription(source_id=source.id)
        model.Session.add(row)
    try:
        _keep_up(source, client, kinds, row)
        row.error = ""
    except SourceError as error:
        row.error = translate(REFUSED) % {"cause": error.message}
    model.Session.commit()
    return row.error


def cancel(source: Source, client: NgsiClient, *, for_good: bool = False) -> str:
    """End it at the broker, and forget it; a sentence when the broker did not answer (then the next run tries again, unless it is
    ``for_good``: it ends by itself after `DAYS`). Commits."""
    row = model.Session.get(NgsiSubscription, source.id, populate_existing=True)
    if row is None:
        return ""
    failure = ""
    try:
        _delete(client, row)
    except SourceError as error:
        failure = error.message
        log.warning("source %s: its subscription could not be cancelled: %s", source.id, type(error).__name__)
    if failure and not for_good:
        row.error = failure
    else:
        model.Session.delete(row)
        model.Session.query(NgsiWaiting).filter_by(source_id=source.id).delete()
    model.Session.commit()
    return failure


def of(source_id: str) -> NgsiSubscription | None:
    """The subscription of a source, whatever somebody calls one."""
    return model.Session.get(NgsiSubscription, source_id, populate_existing=True) if "\x00" not in source_id else None


def accepts(source_id: str, row: NgsiSubscription | None, given: str) -> bool:
    """Whether this is the secret of the source's subscription. A source that never was takes as long as a wrong secret."""
    wanted = secret(source_id, row.nonce if row is not None else "")
    same = hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace"))
    return same and row is not None and bool(row.nonce)


def secret(source_id: str, nonce: str) -> str:
    """What the broker sends along; computed, never stored."""
    key = str(tk.config.get("SECRET_KEY") or "").encode()
    return hmac.new(key, f"dp_ngsi:{source_id}:{nonce}".encode(), hashlib.sha256).hexdigest()


def address(source_id: str) -> str:
    """Where the broker sends it."""
    return f"{tk.config['ckan.site_url'].rstrip('/')}{PATH}{source_id}"


def _keep_up(source: Source, client: NgsiClient, kinds: Sequence[str], row: NgsiSubscription) -> None:
    old = isinstance(client, NgsiV2Client)
    if not old and client.clock != "observedAt":
        raise SourceError(client.host, NEEDS_TIME)
    asked = _asked(source, client, kinds, old)
    # also of the site's key: with another one the secret that the broker has is worth nothing
    fingerprint = content_hash(client.url, address(source.id), client.headers, asked, secret(source.id, ""))
    if row.broker_id and row.fingerprint == fingerprint and _is_there(client, row, old):
        return
    if row.broker_id:
        _delete(client, row)
    row.nonce, row.fingerprint, row.failing = secrets.token_urlsafe(16), fingerprint, False
    # An id of our own, so that the first notification finds it known; the older API gives one itself.
    row.broker_id = "" if old else f"urn:ngsi-ld:Subscription:datenplattform:{source.id}:{row.nonce[:8]}"
    row.since, row.expires = utcnow(), utcnow() + timedelta(days=DAYS)
    model.Session.commit()
    body = asked | _told(source, row, old) | ({} if old else {"id": row.broker_id})
    try:
        answer = client.web.send("POST", f"{client.url}/subscriptions", body, client.headers)
    except SourceError:
        row.broker_id = row.nonce = ""
        raise
    if old:
        row.broker_id = urlsplit(answer.headers.get("Location", "")).path.rpartition("/")[2][:200]
        if not row.broker_id:
            raise SourceFormat(client.host, expected="NGSIv2")


def _asked(source: Source, client: NgsiClient, kinds: Sequence[str], old: bool) -> dict[str, Any]:
    """Of which entities."""
    condition = source.settings["condition"]
    if old:
        subject: dict[str, Any] = {"entities": [{"idPattern": ".*", "type": kind} for kind in kinds]}
        if condition:
            subject["condition"] = {"attrs": [], "expression": {"q": condition}}
        return {"description": "datenplattform", "subject": subject}
    found = {"type": "Subscription", "description": "datenplattform", "entities": [{"type": kind} for kind in kinds]}
    return {**found, **({"q": condition} if condition else {})}


def _told(source: Source, row: NgsiSubscription, old: bool) -> dict[str, Any]:
    """Where, with which secret, until when."""
    word = secret(source.id, row.nonce)
    if old:
        told = {"httpCustom": {"url": address(source.id), "headers": {HEADER: word}}, "attrsFormat": "normalized"}
        return {"notification": {**told, "metadata": ["*", "dateModified"]}, "expires": _written(row.expires)}
    endpoint = {"uri": address(source.id), "accept": "application/json", "receiverInfo": [{"key": HEADER, "value": word}]}
    return {"notification": {"format": "normalized", "endpoint": endpoint}, "expiresAt": _written(row.expires)}


def _is_there(client: NgsiClient, row: NgsiSubscription, old: bool) -> bool:
    """Whether the broker still has it; how it is there is noted, and it is renewed in good time."""
    url = _url(client, row)
    try:
        body = client.web.get(url, None, "application/json", client.headers).json()
        if not isinstance(body, dict):
            raise SourceFormat(client.host, NOT_NGSI, expected="NGSI")
        told = body.get("notification")
        row.failing = body.get("status") in FAILED or (isinstance(told, dict) and told.get("status") == "failed")
        if row.expires is None or row.expires - utcnow() < timedelta(days=RENEW) or body.get("status") == "expired":
            expires = utcnow() + timedelta(days=DAYS)
            client.web.send("PATCH", url, {"expires" if old else "expiresAt": _written(expires)}, client.headers)
            row.expires = expires
    except SourceStatus as error:
        if error.status == GONE:
            return False
        raise
    return True


def _delete(client: NgsiClient, row: NgsiSubscription) -> None:
    if not row.broker_id:
        return
    try:
        client.web.send("DELETE", _url(client, row), None, client.headers)
    except SourceStatus as error:
        if error.status != GONE:
            raise


def _url(client: NgsiClient, row: NgsiSubscription) -> str:
    return f"{client.url}/subscriptions/{quote(row.broker_id, safe=':')}"


def _written(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
