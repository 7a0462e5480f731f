"""The Daten-API by plain addresses: `/api/daten/v1/<dataset>/streams|observations|latest|forecast[.<format>]`, description and page.

Each answer is checked anew for whether its reader may see it; then a reader who has it already (ETag) gets 304. Nobody may
keep an answer without asking: a withdrawn dataset is gone at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from . import asking, config, formats, live, openapi, query, streams
from .answers import encode as _encode
from .answers import finished as _finished
from .answers import reader as _reader
from .examples import examples
from .forecast import action as forecast
from .logic import reading

blueprint = Blueprint("dp_timeseries", __name__, url_prefix="/api/daten/v1")

FORMATS = {
    "streams": ("json", "csv"),
    "latest": ("json", "csv", "geojson"),
    "observations": ("json", "csv", "parquet"),
    "forecast": ("json", "csv"),
}
#: Whether a series is silent is told by the clock: such an answer holds for minutes only.
_MINUTES = 300
#: Forecasts come at any time, without a change of the tables.
_HALF_A_MINUTE = 30


def _arguments(dataset: str | None) -> dict[str, Any]:
    """The question in the address; `stream=` may be repeated for names with a comma."""
    data: dict[str, Any] = {key: value for key, value in request.args.items() if key not in ("stream", "format", "excel")}
    if request.args.getlist("stream"):
        data["streams"] = request.args.getlist("stream")
    data.pop("dataset", None)
    return {**data, **({"dataset": dataset} if dataset else {})}


def _answer(what: str, dataset: str | None, kind: str | None) -> Response:
    kind = kind or request.args.get("format") or "json"
    if kind not in FORMATS[what]:
        raise NotFound
    data, context = _arguments(dataset), _reader()
    try:
        tk.check_access(f"timeseries_{_ACTIONS[what]}", context, data)
        tag = _tag(context, data, what, kind)
        if request.if_none_match.contains_weak(tag):
            return _finished(Response(status=304), tag)
        body, following = _MAKERS[what](context, data, kind)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return _refused(404, {"message": tk._("Dataset was not found.")})
    except tk.ValidationError as error:
        return _refused(400, {"message": tk._("The question cannot be answered."), "errors": error.error_dict})
    except query.TooSlow:
        return _refused(503, {"message": tk._("That took too long. Please ask for a shorter time or fewer series.")})
    response = Response(body, content_type=formats.MIME[kind])
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    if kind in ("csv", "parquet"):
        name = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in f"{dataset or data.get('property')}-{what}")
        response.headers["Content-Disposition"] = f'attachment; filename="{name[:100].encode("ascii", "replace").decode()}.{kind}"'
    return _finished(response, tag)


_ACTIONS = {"streams": "streams", "latest": "latest", "observations": "query", "forecast": "forecast"}


def _tag(context: Any, data: dict[str, Any], what: str, kind: str) -> str:
    """What the answer depends on: the question, who asks (limits, language), the state of tables and register, for some the time."""
    found = asking.tables_of(context, data)
    with query.reading("UTC", config.query_seconds()) as cursor:
        versions = query.version(cursor, sorted(found))
    holds = _HALF_A_MINUTE if what == "forecast" else _MINUTES
    clock = None if what == "observations" else int(datetime.now(timezone.utc).timestamp()) // holds
    who = "" if not context.get("user") else "signed in"
    told = streams.fingerprint(found)
    state = [what, kind, request.args.get("excel"), request.full_path, sorted(found), versions, told, clock, who, tk.h.lang()]
    return hashlib.sha256(_encode(state)).hexdigest()[:32]


def _observations(context: Any, data: dict[str, Any], kind: str) -> tuple[bytes, str | None]:
    page, cursor, asked = reading.ask(context, data)
    following = _next(cursor) if cursor else None
    shown = sorted({(row[0], row[1]) for row in page.rows})
    facts = reading.described(shown, several=len(asked.streams) > 1 or not data.get("dataset"))
    columns = page.columns[1:]
    if kind == "json":
        rows = [dict(zip(columns, row[1:], strict=True)) for row in page.rows]
        if any("dataset" in item for item in facts.values()):
            for row, whole in zip(rows, page.rows, strict=True):
                row["dataset"] = facts[whole[0], whole[1]].get("dataset")
        return _encode({"interval": asked.interval, "series": list(facts.values()), "rows": rows, "next": following}), following
    more = ["dataset", "property", "unit"] if any("dataset" in item for item in facts.values()) else ["property", "unit"]
    ends = {key: tuple(item.get(name) for name in more) for key, item in facts.items()}
    table = [(*row[1:], *ends[row[0], row[1]]) for row in page.rows]
    names = [*columns, *more]
    if kind == "parquet":
        return formats.as_parquet(names, table), following
    return formats.as_csv(names, table, _excel()), following


def _latest(context: Any, data: dict[str, Any], kind: str) -> tuple[bytes, str | None]:
    found = reading.listed(context, data, with_value=True)
    if kind == "geojson":
        return _encode(formats.as_geojson(found)), None
    return _table({"series": found}, found, kind), None


def _streams(context: Any, data: dict[str, Any], kind: str) -> tuple[bytes, str | None]:
    found = reading.listed(context, data, with_value=False)
    return _table({"series": found}, found, kind), None


def _forecast(context: Any, data: dict[str, Any], kind: str) -> tuple[bytes, str | None]:
    found = forecast.listed(context, data)
    # a table has one line for each bay and horizon
    flat = [{**{key: value for key, value in bay.items() if key != "horizons"}, **told} for bay in found for told in bay["horizons"]]
    return _table({"series": found}, flat, kind), None


def _table(whole: dict[str, Any], rows: list[dict[str, Any]], kind: str) -> bytes:
    if kind == "json":
        return _encode(whole)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return formats.as_csv(columns, ([row.get(name) for name in columns] for row in rows), _excel())


_MAKERS: dict[str, Callable[[Any, dict[str, Any], str], tuple[bytes, str | None]]] = {
    "observations": _observations, "latest": _latest, "streams": _streams, "forecast": _forecast,
}  # fmt: skip


def _excel() -> bool:
    return request.args.get("excel") in ("1", "true")


def _next(cursor: str) -> str:
    given = [(key, value) for key, value in request.args.items(multi=True) if key != "cursor"]
    return f"{tk.config['ckan.site_url'].rstrip('/')}{request.path}?{urlencode([*given, ('cursor', cursor)])}"


def _refused(status: int, error: dict[str, Any]) -> Response:
    response = Response(_encode({"error": error}), status, content_type=formats.MIME["json"])
    if status == 503:
        response.headers["Retry-After"] = "10"
    return _finished(response)


def answer(what: str, dataset: str | None = None, kind: str | None = None) -> Response:
    """Series, latest values or rows of a dataset; without one, of a property in all datasets that the reader may see."""
    return _answer(what, dataset, kind)


def stream(dataset: str) -> Response:
    """New values as they come (server-sent events)."""
    try:
        context = _reader()
        found = asking.tables_of(context, _arguments(dataset))
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return _refused(404, {"message": tk._("Dataset was not found.")})
    except tk.ValidationError as error:
        return _refused(400, {"message": tk._("The question cannot be answered."), "errors": error.error_dict})
    events = live.events(found, context["user"], request.headers.get("Last-Event-ID") or request.args.get("after"))
    if events is None:
        return _refused(503, {"message": tk._("Too many readers follow new values at the moment. Please try again soon.")})
    response = Response(events, content_type="text/event-stream; charset=utf-8", direct_passthrough=True)
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Access-Control-Allow-Origin": "*"})
    return response


def description() -> Response:
    """The API as OpenAPI 3.1."""
    return _finished(Response(_encode(openapi.document(tk.config["ckan.site_url"])), content_type=formats.MIME["json"]))


def page() -> str:
    """The API for people: what there is, with examples."""
    site = tk.config["ckan.site_url"].rstrip("/")
    root, sta = f"{site}/api/daten/v1", f"{site}/sta/v1.1" if config.sta() else None
    return tk.render("timeseries/api.html", {"root": root, "examples": examples(f"{root}/DATENSATZ"), "paths": openapi.paths(), "sta": sta})


_WHAT = "<any(streams,observations,latest,forecast):what>"
for _rule in (_WHAT, f"{_WHAT}.<kind>", f"<dataset>/{_WHAT}", f"<dataset>/{_WHAT}.<kind>"):
    blueprint.add_url_rule(f"/{_rule}", view_func=answer)
blueprint.add_url_rule("/<dataset>/live", view_func=stream)
blueprint.add_url_rule("/openapi.json", view_func=description)
blueprint.add_url_rule("/", view_func=page, strict_slashes=False)
