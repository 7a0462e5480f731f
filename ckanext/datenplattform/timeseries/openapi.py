"""The Daten-API described: as OpenAPI 3.1 for machines, with examples for people. Pure."""

from __future__ import annotations

from typing import Any

from ..core.i18n import N_, translate
from .query import AGGREGATES, INTERVALS

# name → (what it means, schema)
_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "streams": (N_("Only these series, separated by commas."), {"type": "string"}),
    "stream": (N_("One series; may be given several times."), {"type": "array", "items": {"type": "string"}}),
    "property": (N_("Only series of this observed property, by its code."), {"type": "string", "examples": ["groundwater_level"]}),
    "from": (N_("From this time on: with its offset from UTC, or a day in the town's time zone."),
             {"type": "string", "examples": ["2026-11-01"]}),
    "to": (N_("Before this time."), {"type": "string", "examples": ["2026-11-08T00:00:00+01:00"]}),
    "interval": (N_("Single values, or what they came to in a quarter of an hour, an hour (UTC) or a day (of the town)."),
                 {"type": "string", "enum": list(INTERVALS), "default": "raw"}),
    "aggregate": (N_("What to tell of each interval, separated by commas; default all."),
                  {"type": "string", "examples": [",".join(AGGREGATES)]}),
    "timezone": (N_("In which times are told."), {"type": "string", "default": "UTC", "examples": ["Europe/Berlin"]}),
    "limit": (N_("Most rows in one answer."), {"type": "integer", "minimum": 1}),
    "cursor": (N_("Where the page before ended; it stands in “next” of that answer."), {"type": "string"}),
    "excel": (N_("CSV as Excel opens it: semicolons, decimal commas."), {"type": "string", "enum": ["1"]}),
    "after": (N_("Id of the last event that you have; the stream goes on from there."), {"type": "string"}),
}  # fmt: skip
_READ = ("streams", "stream", "property", "timezone", "excel")
# address → (what it gives, its parameters, formats)
_PATHS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "/{dataset}/streams": (N_("The series: what is measured, where, in which unit, since when."), _READ, ("json", "csv")),
    "/{dataset}/latest": (N_("The latest value of each series."), _READ, ("json", "csv", "geojson")),
    "/{dataset}/observations": (
        N_("Values by series and time, page by page."),
        (*_READ, "from", "to", "interval", "aggregate", "limit", "cursor"),
        ("json", "csv", "parquet"),
    ),
    "/{dataset}/forecast": (
        N_("How likely bays are free in 15, 30 and 60 minutes, only where that was better than what one knows without it."),
        _READ,
        ("json", "csv"),
    ),
    "/{dataset}/live": (N_("New values as they come, as server-sent events."), ("streams", "stream", "after"), ()),
    "/observations": (
        N_("The same over all datasets that measure a property."),
        (*_READ, "from", "to", "interval", "aggregate", "limit", "cursor"),
        ("json", "csv", "parquet"),
    ),
    "/latest": (N_("The latest values of a property in all datasets."), _READ, ("json", "csv", "geojson")),
    "/streams": (N_("The series of a property in all datasets."), _READ, ("json", "csv")),
}


def paths() -> list[dict[str, Any]]:
    """The addresses for people: ``path``, ``text``, ``formats``, ``parameters`` ([{"name", "text"}])."""
    return [
        {"path": path, "text": translate(text), "formats": formats,
         "parameters": [{"name": name, "text": translate(_PARAMETERS[name][0])} for name in names]}
        for path, (text, names, formats) in _PATHS.items()
    ]  # fmt: skip


def document(site_url: str) -> dict[str, Any]:
    """The whole API as OpenAPI 3.1."""
    described: dict[str, Any] = {}
    for path, (text, names, formats) in _PATHS.items():
        parameters = [{"name": "dataset", "in": "path", "required": True, "schema": {"type": "string"}}] if "{dataset}" in path else []
        for name in names:
            meaning, schema = _PARAMETERS[name]
            required = name == "property" and "{dataset}" not in path
            more = {"explode": True} if name == "stream" else {}
            described_as = {"description": translate(meaning), "schema": schema, **more}
            parameters.append({"name": name, "in": "query", "required": required, **described_as})
        for kind in ("", *formats):
            described[f"{path}.{kind}" if kind else path] = {
                "get": {
                    "summary": translate(text),
                    "parameters": parameters,
                    "responses": {
                        "200": {"description": "OK", "content": {_MIME[kind or ("json" if formats else "events")]: {}}},
                        "304": {"description": "ETag"},
                        **{code: {"$ref": f"#/components/responses/{code}"} for code in ("400", "404", "503")},
                    },
                }
            }
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Daten-API", "version": "1"},
        "servers": [{"url": f"{site_url.rstrip('/')}/api/daten/v1"}],
        "paths": described,
        "components": {
            "responses": {
                "400": {"description": translate(N_("The question cannot be answered.")), "content": error},
                "404": {"description": translate(N_("There is no such dataset, or you may not see it.")), "content": error},
                "503": {"description": translate(N_("Too slow or too many; Retry-After says when to try again.")), "content": error},
            },
            "schemas": {
                "Error": {
                    "type": "object",
                    "properties": {"error": {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}},
                }
            },
        },
    }


_MIME = {"json": "application/json", "csv": "text/csv", "geojson": "application/geo+json", "parquet": "application/vnd.apache.parquet",
         "events": "text/event-stream"}  # fmt: skip
