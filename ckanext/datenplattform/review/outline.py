"""Where data lie, as a small drawing and in words; from GeoJSON (RFC 7946: longitude before latitude). Pure.

A drawing of our own needs no tiles, so nobody else's server learns what the board looks at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, MARGIN = 360, 240, 24
MOST_POINTS = 3000
KM_PER_DEGREE = 111.32

Point = tuple[float, float]


@dataclass(frozen=True)
class Outline:
    """`paths` and `dots` in pixels of a WIDTH × HEIGHT drawing, `town` the same for the middle of the town where it lies
    within; the rectangle in degrees; its size in kilometres."""

    paths: tuple[str, ...]
    dots: tuple[Point, ...]
    town: Point | None
    west: float
    south: float
    east: float
    north: float
    km_wide: float
    km_high: float


def draw(shapes: Iterable[Mapping[str, Any]], town: Point | None = None) -> Outline | None:
    """A drawing of geometries; None where there is no usable one."""
    lines: list[tuple[list[Point], bool]] = []
    for shape in shapes:
        lines += _lines(shape)
    points = [point for line, _ in lines for point in line]
    if not points:
        return None
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    shrink = max(math.cos(math.radians((south + north) / 2)), 0.01)
    wide, high = (east - west) * shrink, north - south
    # pixels for a degree of latitude; a single point stands in about two kilometres of land
    scale = min((WIDTH - 2 * MARGIN) / max(wide, 0.02), (HEIGHT - 2 * MARGIN) / max(high, 0.02))

    def place(point: Point) -> Point:
        lon, lat = point
        x = WIDTH / 2 + (lon - (west + east) / 2) * shrink * scale
        return round(x, 1), round(HEIGHT / 2 - (lat - (south + north) / 2) * scale, 1)

    step = max(1, math.ceil(len(points) / MOST_POINTS))
    paths = tuple(_path([place(point) for point in line[::step]], closed) for line, closed in lines if len(line) > 1)
    dots = tuple(place(line[0]) for line, _ in lines if len(line) == 1)[:MOST_POINTS]
    middle = place(town) if town else None
    inside = middle is not None and 0 <= middle[0] <= WIDTH and 0 <= middle[1] <= HEIGHT
    return Outline(paths, dots, middle if inside else None, west, south, east, north, wide * KM_PER_DEGREE, high * KM_PER_DEGREE)


def _path(points: list[Point], closed: bool) -> str:
    return "M" + " L".join(f"{x} {y}" for x, y in points) + (" Z" if closed else "")


def _lines(shape: Any) -> Iterator[tuple[list[Point], bool]]:
    """The rings (closed), lines and points (one corner) of a geometry."""
    if not isinstance(shape, Mapping):
        return
    kind, given = shape.get("type"), shape.get("coordinates")
    if kind == "GeometryCollection":
        for inner in shape.get("geometries") or []:
            if isinstance(inner, Mapping) and inner.get("type") != "GeometryCollection":
                yield from _lines(inner)
        return
    depth = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}.get(str(kind))
    if depth is None:
        return
    level: list[Any] = [given]
    for _ in range(max(depth - 1, 0)):
        level = [item for part in level if isinstance(part, list) for item in part]
    if kind == "Point":
        level = [[given]]
    elif kind == "MultiPoint":
        level = [[item] for item in given or []]
    for line in level:
        points = [point for point in map(_point, line if isinstance(line, list) else []) if point]
        if points:
            yield points, "Polygon" in str(kind)


def _point(value: Any) -> Point | None:
    if not isinstance(value, list | tuple) or len(value) < 2:
        return None
    lon, lat = value[0], value[1]
    if not all(isinstance(part, int | float) and math.isfinite(part) for part in (lon, lat)):
        return None
    return (float(lon), float(lat)) if abs(lon) <= 180 and abs(lat) <= 90 else None
