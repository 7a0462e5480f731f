"""Boxes around geometries, and the order of axes. Pure. Degrees in WGS 84, longitude first (RFC 7946)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Box = tuple[float, float, float, float]


def positions(geometry: Any) -> Iterator[tuple[float, float]]:
    """All positions of a GeoJSON geometry as (first, second) number."""
    if not isinstance(geometry, dict):
        return
    if geometry.get("type") == "GeometryCollection":
        for part in geometry.get("geometries") or []:
            yield from positions(part)
        return
    stack = [geometry.get("coordinates")]
    while stack:
        item = stack.pop()
        if not isinstance(item, (list, tuple)) or not item:
            continue
        if isinstance(item[0], (int, float)) and not isinstance(item[0], bool):
            if len(item) >= 2 and isinstance(item[1], (int, float)):
                yield float(item[0]), float(item[1])
        else:
            stack.extend(reversed(item))


def bbox_of_points(geometries: Iterable[Any]) -> Box | None:
    """West, south, east, north of all positions that can be degrees; None when there is none."""
    west, south, east, north = 181.0, 91.0, -181.0, -91.0
    for geometry in geometries:
        for x, y in positions(geometry):
            if -180 <= x <= 180 and -90 <= y <= 90:
                west, south, east, north = min(west, x), min(south, y), max(east, x), max(north, y)
    return (west, south, east, north) if west <= east else None


def bbox_polygon(box: Box) -> dict[str, Any]:
    """A box as polygon, six decimals (a tenth of a metre)."""
    west, south, east, north = (round(value, 6) for value in box)
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def is_swapped(geometries: Iterable[Any], box: Box) -> bool | None:
    """Whether positions are written latitude first, judged by the box (degrees) in which they must lie; None when
    neither order fits.

    The box is widened a little: services round it.
    """
    margin = 0.05
    straight = swapped = total = 0
    for geometry in geometries:
        for x, y in positions(geometry):
            total += 1
            straight += _inside(x, y, box, margin)
            swapped += _inside(y, x, box, margin)
    if not total or straight == total:
        return False
    return True if swapped == total else None


def _inside(x: float, y: float, box: Box, margin: float) -> bool:
    return box[0] - margin <= x <= box[2] + margin and box[1] - margin <= y <= box[3] + margin


def swap(geometry: Any) -> Any:
    """The geometry with the first two numbers of every position exchanged."""
    if isinstance(geometry, dict):
        if geometry.get("type") == "GeometryCollection":
            return {**geometry, "geometries": [swap(part) for part in geometry.get("geometries") or []]}
        return {**geometry, "coordinates": swap(geometry.get("coordinates"))}
    if isinstance(geometry, list):
        if len(geometry) >= 2 and all(isinstance(n, (int, float)) for n in geometry[:2]):
            return [geometry[1], geometry[0], *geometry[2:]]
        return [swap(part) for part in geometry]
    return geometry


def wkt(geometry: Any) -> str:
    """Well-known text of a geometry; empty for none."""
    if not isinstance(geometry, dict) or not geometry.get("type"):
        return ""
    kind = str(geometry["type"])
    if kind == "GeometryCollection":
        return f"GEOMETRYCOLLECTION ({', '.join(wkt(part) for part in geometry.get('geometries') or [])})"
    coordinates = geometry.get("coordinates")
    if not coordinates:
        return f"{kind.upper()} EMPTY"
    text = _wkt(coordinates)
    return f"{kind.upper()} {text}" if text.startswith("(") else f"{kind.upper()} ({text})"


def _wkt(part: Any) -> str:
    if isinstance(part[0], (int, float)):
        return " ".join(f"{n:.10g}" for n in part)
    return f"({', '.join(_wkt(item) for item in part)})"
