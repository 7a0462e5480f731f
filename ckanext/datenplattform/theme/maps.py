"""What a map shows and what is said beside it. GeoJSON (RFC 7946: longitude, latitude, WGS 84) in, plain values out; knows nothing of CKAN.

What comes in may be from anywhere: what is no geometry, not on the globe or too much for a page is left out or becomes its rectangle.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Feature = dict[str, Any]

# how deep the lists of coordinates are (RFC 7946, section 3.1)
DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
MOST_FEATURES = 200
MOST_POSITIONS = 5_000  # of all together, about 100 kB; what goes beyond is shown as its rectangle
MOST_TEXT = 2_000_000  # characters of one geometry; a longer one is not read
MOST_NESTED = 4  # collections in collections
METRES_PER_DEGREE = 111_195.0  # a degree of a great circle, mean radius of the earth 6,371 km


@dataclass(frozen=True)
class Box:
    """A rectangle in degrees (WGS 84)."""

    west: float
    south: float
    east: float
    north: float

    @property
    def is_point(self) -> bool:
        """Whether it is one place without extent."""
        return self.west == self.east and self.south == self.north

    def size(self) -> tuple[float, float]:
        """Metres from west to east, at the middle latitude, and from south to north."""
        middle = math.radians((self.south + self.north) / 2)
        return (self.east - self.west) * METRES_PER_DEGREE * math.cos(middle), (self.north - self.south) * METRES_PER_DEGREE


def features(geometry: Any, title: str = "") -> list[Feature]:
    """The features of a GeoJSON geometry, feature or collection, each with nothing but a `title` as its property.

    :param geometry: GeoJSON as dict
    :param title: for what has no `title` of its own
    """
    found: list[Feature] = []
    positions = 0
    for shape, own in _shapes(geometry, title, MOST_NESTED):
        try:
            depth = DEPTHS[shape["type"]]
            clean = {"type": shape["type"], "coordinates": _clean(shape["coordinates"], depth)}
            around = _box(_positions(clean))
        except (KeyError, ValueError):
            continue
        count = sum(1 for _ in _positions(clean))
        if positions + count > MOST_POSITIONS:
            clean, count = rectangle(around), 5
        positions += count
        found.append({"type": "Feature", "properties": {"title": own}, "geometry": clean})
        if len(found) == MOST_FEATURES:
            break
    return found


def box(found: Iterable[Feature]) -> Box | None:
    """The rectangle around what `features` gave; None around nothing."""
    shapes = [feature["geometry"] for feature in found]
    return _box(place for shape in shapes for place in _positions(shape)) if shapes else None


def rectangle(around: Box) -> dict[str, Any]:
    """The rectangle as polygon."""
    west, south, east, north = around.west, around.south, around.east, around.north
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def of_places(places: Any, title: str) -> dict[str, Any]:
    """A collection of the places of a dataset (`spatial_coverage`): of each its geometry, else its rectangle, else its centre.

    :param places: [{"text", "geom", "bbox", "centroid"}], geometries as GeoJSON text; anything else is passed over
    :param title: for places without a name
    """
    found: list[Feature] = []
    for place in places if isinstance(places, list) else []:
        if not isinstance(place, dict):
            continue
        name = str(place.get("text") or title)
        found += next(filter(None, (features(_read(place.get(key)), name) for key in ("geom", "bbox", "centroid"))), [])
        if len(found) >= MOST_FEATURES:
            break
    return {"type": "FeatureCollection", "features": found}


def _read(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) and len(text) <= MOST_TEXT else None
    except (ValueError, RecursionError):
        return None


def _shapes(geometry: Any, title: str, depth: int) -> Iterator[tuple[dict[str, Any], str]]:
    """The single geometries of GeoJSON with their titles."""
    if not isinstance(geometry, dict) or depth < 0:
        return
    kind = geometry.get("type")
    if kind == "Feature":
        own = geometry.get("properties")
        named = own.get("title") if isinstance(own, dict) else None
        yield from _shapes(geometry.get("geometry"), named if isinstance(named, str) and named else title, depth - 1)
    elif kind in ("FeatureCollection", "GeometryCollection"):
        inner = geometry.get("features" if kind == "FeatureCollection" else "geometries")
        for item in inner if isinstance(inner, list) else []:
            yield from _shapes(item, title, depth - 1)
    elif isinstance(kind, str) and kind in DEPTHS:
        yield geometry, title


def _clean(coordinates: Any, depth: int) -> list[Any]:
    """The coordinates without heights, to a tenth of a metre. Raises ValueError at what is no position on the globe."""
    if not isinstance(coordinates, list):
        raise ValueError(coordinates)
    if depth:
        return [_clean(item, depth - 1) for item in coordinates]
    longitude, latitude = coordinates[:2]
    for value, most in ((longitude, 180), (latitude, 90)):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -most <= value <= most:
            raise ValueError(value)
    return [round(longitude, 6), round(latitude, 6)]


def _positions(shape: dict[str, Any]) -> Iterator[list[float]]:
    """All positions of a clean geometry."""
    found = [shape["coordinates"]]
    for _ in range(DEPTHS[shape["type"]]):
        found = [item for inner in found for item in inner]
    yield from found


def _box(positions: Iterator[list[float]]) -> Box:
    """The rectangle around positions. Raises ValueError where there are none."""
    found = list(positions)
    longitudes, latitudes = [place[0] for place in found], [place[1] for place in found]
    return Box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))
