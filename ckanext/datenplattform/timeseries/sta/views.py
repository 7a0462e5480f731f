"""`/sta/v1.1`: reads the address, asks for what the reader may see, answers as the Daten-API does (ETag, gzip, CORS)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request

from ...access import shared as access
from ...core.i18n import N_, translate
from .. import config, query
from ..answers import encode, finished, reader
from . import bodies, catalogue
from .answer import Empty, Face, Limits
from .catalogue import SINGULAR
from .filters import Refused
from .options import NOT_FOUND, Step, options, way
from .rows import Reader

blueprint = Blueprint("dp_sta", __name__, url_prefix="/sta/v1.1")

#: The register changes without a number: so long an answer holds, in seconds.
MINUTES = 300
JSON = "application/json; charset=utf-8"
_REQUIREMENT = "http://www.opengis.net/spec/iot_sensing/1.1/req/"
#: What of the standard is met (OGC 18-088, 9.2.1); `docs/sta.md` says what is not.
CONFORMANCE = [
    _REQUIREMENT + name
    for name in (
        *(f"datamodel/{kind}/{part}" for kind in (
            "thing", "location", "historical-location", "datastream", "sensor", "observed-property", "observation", "feature-of-interest",
        ) for part in ("properties", "relations")),
        "datamodel/entity-control-information/common-control-information", "resource-path/resource-path-to-entities",
        "request-data/status-code", "request-data/query-status-code", "request-data/order", "request-data/expand", "request-data/select",
        "request-data/top", "request-data/skip", "request-data/count", "request-data/pagination", "data-array/data-array",
    )
]  # fmt: skip

TOO_SLOW = N_("That took too long. Please ask for a shorter time or fewer series.")


def service() -> Response:
    """What there is (OGC 18-088, 9.2.1)."""
    if not config.sta():
        return _refused(Refused(404, NOT_FOUND))
    sets = [{"name": name, "url": f"{bodies.root()}/{name}"} for name in SINGULAR]
    body = {"value": sets, "serverSettings": {"conformance": CONFORMANCE}}
    return finished(Response(encode(body), content_type=JSON))


def answer(path: str) -> Response:
    """An entity, many, or a property of one."""
    try:
        if not config.sta():
            raise Refused(404, NOT_FOUND)
        return _answered(path)
    except Refused as error:
        return _refused(error)
    except query.TooSlow:
        return _refused(Refused(503, TOO_SLOW))


def _answered(path: str) -> Response:
    steps, asked, context = way(path), options(request.args.items(multi=True)), reader()
    rows = config.page_rows(access.current_user(context) is not None)
    with query.reading("UTC", config.query_seconds()) as cursor:
        seen = catalogue.visible(context, cursor, _among(steps))
        tag = _tag(context, seen)
        if request.if_none_match.contains_weak(tag):
            return finished(Response(status=304), tag)
        face = Face(seen, Reader(cursor, config.query_seconds()), Limits(rows, f"dp_sta:{tk.config.get('SECRET_KEY')}"))
        try:
            found = face.answer(steps, asked)
        except Empty:
            return finished(Response(status=204), tag)
    if steps[-1].name == "$value" and not isinstance(found, (dict, list)):
        text = found if isinstance(found, str) else encode(found).decode()
        return finished(Response(text, content_type="text/plain; charset=utf-8"), tag)
    return finished(Response(encode(found), content_type=JSON), tag)


def _among(steps: list[Step]) -> str | None:
    """The one table of which the question is; None where it may lead to others: properties are common to all."""
    first = steps[0]
    elsewhere = "ObservedPropert" in request.args.get("$expand", "") or any(step.name.startswith("ObservedPropert") for step in steps)
    return catalogue.table_of(first.name, first.id) if first.id is not None and not elsewhere else None


def _tag(context: Any, seen: catalogue.Catalogue) -> str:
    """What an answer depends on. The register changes without a number: such an answer holds for minutes."""
    clock = int(datetime.now(timezone.utc).timestamp()) // MINUTES
    tables = sorted({series.resource_id for series in seen.series})
    state = [request.full_path, "signed in" if context["user"] else "", tk.h.lang(), clock, tables, seen.versions]
    return hashlib.sha256(encode(state)).hexdigest()[:32]


def _refused(error: Refused) -> Response:
    message = translate(error.text) % error.values if error.values else translate(error.text)
    response = Response(encode({"code": error.status, "type": "error", "message": message}), error.status, content_type=JSON)
    if error.status == 503:
        response.headers["Retry-After"] = "10"
    return finished(response)


blueprint.add_url_rule("/", view_func=service, strict_slashes=False)
blueprint.add_url_rule("/<path:path>", view_func=answer)
