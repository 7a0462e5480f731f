"""The address to which brokers tell new values.

A broker counts everything but 200 as a failure (ETSI GS CIM 009 V1.6.1, 5.8.6). The secret is asked first, before anything is read.
"""

from __future__ import annotations

import logging
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import psycopg2
from ckanext.harvest.model import HarvestSource
from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import InterfaceError, OperationalError

from ckanext.datenplattform.core.errors import PlatformError
from ckanext.datenplattform.core.i18n import N_, translate

from .. import ngsi_context, settings, sources
from . import config, limits, receiving, subscription

log = logging.getLogger(__name__)
blueprint = Blueprint("dp_ngsi", __name__)

KIND = "ngsi-ld"
#: How PostgreSQL's end shows.
LOST = (OperationalError, InterfaceError, psycopg2.OperationalError, psycopg2.InterfaceError)
NO_SECRET = N_("The secret is missing or wrong. Nothing was taken over.")
TOO_LARGE = N_("The notification is larger than the %(kilobytes)s kB allowed. Nothing was taken over.")
TOO_OFTEN = N_("There are more notifications than allowed in a minute. Nothing was taken over; the next run fetches the values.")
NOT_NOW = N_("The notification could not be stored at the moment. Nothing was taken over; the next run fetches the values.")


def notify(source_id: str) -> tuple[Response, int, dict[str, str]]:
    """Take a notification of the broker of a source."""
    given = tk.request.headers.get(subscription.HEADER, "")
    row = subscription.of(source_id)
    if not subscription.accepts(source_id, row, given):
        limits.note_refused(source_id if row is not None else "")
        return _answer(401, NO_SECRET)
    source: Any = HarvestSource.get(source_id)
    if source is None or not source.active or source.type != KIND:
        return _answer(401, NO_SECRET)
    most = config.largest()
    if (tk.request.content_length or 0) > most:
        return _answer(413, TOO_LARGE, kilobytes=most // 1000)
    if limits.exceeded(source_id, config.per_minute()):
        return _answer(429, TOO_OFTEN)
    body = tk.request.stream.read(most + 1)
    if len(body) > most:
        return _answer(413, TOO_LARGE, kilobytes=most // 1000)
    try:
        loaded = sources.load(source)
        return jsonify(receiving.keep(loaded, ngsi_context.kept(loaded), body)), 200, {}
    except receiving.Refused as refused:
        return _answer(refused.status, refused.text)
    except (PlatformError, settings.Invalid, tk.ObjectNotFound, *LOST) as problem:
        model.Session.rollback()
        log.error("source %s: a notification was not stored: %s", source.id, type(problem).__name__)
        return _answer(503, NOT_NOW)


def _answer(status: int, text: str, **values: Any) -> tuple[Response, int, dict[str, str]]:
    # Nobody waits for more of a body that is not read.
    headers = {"Connection": "close", **({"Retry-After": "60"} if status in (429, 503) else {})}
    return jsonify({"error": translate(text) % values if values else translate(text)}), status, headers


blueprint.add_url_rule(f"{subscription.PATH}<source_id>", view_func=notify, methods=["POST"])
