"""Rows as CSV, Parquet and GeoJSON. Pure.

CSV is comma separated UTF-8 with a line of names; for Excel with semicolons, decimal commas and a byte order mark, as its German
version opens it by a double click. No cell is taken for a formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..core.sheets import harmless

MIME = {
    "json": "application/json; charset=utf-8",
    "csv": "text/csv; charset=utf-8; header=present",
    "geojson": "application/geo+json; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]], excel: bool = False) -> bytes:
    """A table as CSV."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";" if excel else ",", lineterminator="\r\n")
    writer.writerow([harmless(column) for column in columns])
    writer.writerows([_cell(value, excel) for value in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig" if excel else "utf-8")


def _cell(value: Any, excel: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        return text.replace(".", ",") if excel else text
    if isinstance(value, datetime):
        # Excel knows no offsets: the time as the clock of the asked time zone shows it
        return value.strftime("%Y-%m-%d %H:%M:%S") if excel else value.isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return harmless(str(value))


def as_parquet(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """A table as Parquet: times as timestamps in UTC, numbers as doubles, the rest as text."""
    cells = zip(*rows, strict=True) if rows else [[] for _ in columns]
    arrays = [_array(name, list(values)) for name, values in zip(columns, cells, strict=True)]
    buffer = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(columns)), buffer)
    return buffer.getvalue()


def _array(name: str, values: list[Any]) -> pa.Array:
    found = [value for value in values if value is not None]
    if name in ("time", "time_end") or (found and all(isinstance(value, datetime) for value in found)):
        return pa.array(values, pa.timestamp("us", "UTC"))
    if found and all(isinstance(value, bool) for value in found):
        return pa.array(values, pa.bool_())
    if (found and all(isinstance(value, (int, float, Decimal)) for value in found)) or (not found and name not in _TEXTS):
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    return pa.array([None if value is None else value if isinstance(value, str) else _cell(value, False) for value in values], pa.string())


_TEXTS = frozenset({"stream", "value_text", "quality", "property", "unit", "state", "share", "dataset"})


def as_geojson(series: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Latest values as a FeatureCollection (RFC 7946): one feature for each place, with its series."""
    places: dict[tuple[Any, ...], dict[str, Any]] = {}
    for item in series:
        if item.get("lon") is None or item.get("lat") is None:
            continue
        key = (item["lon"], item["lat"], item.get("thing"))
        place = places.setdefault(key, {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [item["lon"], item["lat"]]},
            "properties": {"name": item.get("thing") or item.get("name") or item["stream"], "series": []},
        })  # fmt: skip
        kept = {name: value for name, value in item.items() if name not in ("lon", "lat", "thing") and value is not None}
        place["properties"]["series"].append(kept)
        # maps of today show one flat value: that of the only series, or of each property by its code
        for name in ("value", "value_text", "unit", "time"):
            if kept.get(name) is not None:
                place["properties"][f"{item.get('property') or item['stream']}_{name}"] = kept[name]
    return {"type": "FeatureCollection", "features": list(places.values())}
