"""Names of file formats."""

from __future__ import annotations

# names that are not written in capitals
SPELLED = {
    "GEOJSON": "GeoJSON", "TOPOJSON": "TopoJSON", "SENSORTHINGS": "SensorThings", "GEOPACKAGE": "GeoPackage",
    "GPKG": "GeoPackage",
}  # fmt: skip


def spelled(name: str) -> str:
    """A format as people write it."""
    return SPELLED.get(name.upper(), name)
