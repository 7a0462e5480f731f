"""All features of a WFS layer as GeoJSON and CSV in WGS 84, page by page."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckanext.datenplattform.core.errors import SourceError, SourceFormat, SourceStatus
from ckanext.datenplattform.core.http import host_of
from ckanext.datenplattform.core.i18n import N_
from ckanext.datenplattform.core.sheets import FORMULA

from .addresses import with_query
from .geo import Box, is_swapped, positions, swap, wkt
from .web import Repeats, Web
from .wfs_capabilities import matched

GEOJSON, CSV = "geojson", "csv"
NO_GEOJSON = N_("The source %(host)s did not deliver GeoJSON for the layer “%(layer)s”.")
NOT_DEGREES = N_("The source %(host)s delivered coordinates of the layer “%(layer)s” that do not lie within its extent.")
INCOMPLETE = N_("The source %(host)s delivered %(got)s of %(wanted)s features of the layer “%(layer)s”.")
TOO_MANY = N_("The layer “%(layer)s” of the source %(host)s has more than the %(limit)s features allowed.")


class Incomplete(SourceError):
    """Fewer features than the service counts."""

    template = INCOMPLETE


class TooManyFeatures(SourceError):
    """More features than allowed."""

    template = TOO_MANY


@dataclass(frozen=True)
class Request:
    """What to ask for: address of GetFeature, layer, format, name of WGS 84 there; ``box``: where the layer must lie
    (degrees)."""

    url: str
    layer: str
    format: str
    crs: str
    box: Box | None
    page_size: int
    limit: int


@dataclass(frozen=True)
class Downloaded:
    """Files made, number of features, SHA-256 of what is in them."""

    files: dict[str, Path]
    features: int
    digest: str


def wgs84(offered: list[str]) -> str:
    """The name under which to ask for WGS 84: longitude first where the service knows such a name."""
    for name in offered:
        if name.upper().endswith("CRS84"):
            return name
    return next((name for name in offered if name.upper().endswith(("EPSG::4326", "EPSG:4326"))), "EPSG:4326")


def download(request: Request, web: Web, folder: Path) -> Downloaded:
    """Fetch all features and write both files into ``folder``. Raises `SourceError`; a part of a layer is never taken
    for the whole."""
    wanted = _count(request, web)
    if wanted is not None and wanted > request.limit:
        raise TooManyFeatures(host_of(request.url), layer=request.layer, limit=request.limit)
    path, digest, number = folder / "features.geojson", hashlib.sha256(), 0
    columns: dict[str, None] = {}
    points = True
    with path.open("w", encoding="utf-8") as file:
        name = request.layer.rpartition(":")[2]
        file.write(f'{{"type": "FeatureCollection", "name": {json.dumps(name, ensure_ascii=False)}, "features": [\n')
        for feature in _features(request, web, wanted):
            text = json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
            digest.update(text.encode())
            file.write((",\n" if number else "") + text)
            columns.update(dict.fromkeys(feature["properties"]))
            geometry = feature["geometry"]
            points = points and (geometry is None or geometry.get("type") == "Point")
            number += 1
            if number > request.limit:
                raise TooManyFeatures(host_of(request.url), layer=request.layer, limit=request.limit)
        file.write("\n]}\n")
    if wanted is not None and number < wanted:
        raise Incomplete(host_of(request.url), layer=request.layer, got=number, wanted=wanted)
    table = folder / "features.csv"
    _write_csv(path, table, list(columns), points)
    return Downloaded({GEOJSON: path, CSV: table}, number, digest.hexdigest())


def _count(request: Request, web: Web) -> int | None:
    try:
        return matched(web.xml(_address(request), {"RESULTTYPE": "hits"}))
    except (SourceStatus, SourceFormat):
        return None


def _address(request: Request, **more: Any) -> str:
    return with_query(
        request.url,
        SERVICE="WFS",
        VERSION="2.0.0",
        REQUEST="GetFeature",
        TYPENAMES=request.layer,
        SRSNAME=request.crs,
        **more,
    )


def _features(request: Request, web: Web, wanted: int | None) -> Iterator[dict[str, Any]]:
    """Features, longitude first, without what a page says of itself. ``wanted``: how many there are, if the service
    counts."""
    start, before = 0, ""
    host = host_of(request.url)
    while wanted is None or start < wanted:
        page = web.json(
            _address(request, OUTPUTFORMAT=request.format, COUNT=request.page_size, STARTINDEX=start),
            accept="application/geo+json, */*",
        )
        features = page.get("features") if isinstance(page, dict) else None
        if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
            raise SourceFormat(host, NO_GEOJSON, expected="GeoJSON", layer=request.layer)
        print_of_page = hashlib.sha256(json.dumps(features, sort_keys=True).encode()).hexdigest()
        if features and print_of_page == before:
            if wanted is None and len(features) < request.page_size:
                return  # it knows no pages and gave all at once
            raise Repeats(host)
        yield from _straight(request, features, host)
        # Some services give fewer than asked for without being at the end: only an empty page is the end, or more
        # than asked for.
        if not features or len(features) > request.page_size:
            return
        start, before = start + len(features), print_of_page


def _straight(request: Request, features: list[dict[str, Any]], host: str) -> Iterator[dict[str, Any]]:
    geometries = [feature.get("geometry") for feature in features if feature.get("geometry")]
    if request.box is not None:
        swapped = is_swapped(geometries, request.box)
    else:
        fits = all(-180 <= x <= 180 and -90 <= y <= 90 for geometry in geometries for x, y in positions(geometry))
        swapped = False if fits else None
    if swapped is None:
        raise SourceFormat(host, NOT_DEGREES, expected="GeoJSON", layer=request.layer)
    for feature in features:
        geometry = feature.get("geometry")
        made = {
            "type": "Feature",
            "properties": feature.get("properties") or {},
            "geometry": swap(geometry) if swapped else geometry,
        }
        if feature.get("id") is not None:
            made = {
                "type": "Feature",
                "id": feature["id"],
                "properties": made["properties"],
                "geometry": made["geometry"],
            }
        yield made


def _write_csv(source: Path, target: Path, columns: list[str], points: bool) -> None:
    """A table of the features: UTF-8 with a mark, so that spreadsheets show umlauts; points as two columns, other
    shapes as WKT."""
    where = ["lon", "lat"] if points else ["geometry_wkt"]
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([inert(name) for name in [*columns, *where]])
        for line in lines:
            if not line.startswith('{"type":"Feature",'):
                continue
            feature = json.loads(line.rstrip(",\n"))
            geometry = feature["geometry"]
            place: list[Any] = [wkt(geometry)]
            if points:
                place = list((geometry or {}).get("coordinates") or [None, None])[:2]
            writer.writerow([inert(feature["properties"].get(name)) for name in columns] + place)


def inert(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula. Numbers stay numbers, also negative ones."""
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.lstrip().startswith(FORMULA) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True
