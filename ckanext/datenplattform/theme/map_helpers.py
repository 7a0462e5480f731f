"""What the map's snippet asks for: the map's data, and the same in words."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from babel.numbers import format_decimal

from ..core import municipality
from ..core.i18n import language
from . import maps

log = logging.getLogger(__name__)

LIBRARY = Path(__file__).parent / "assets" / "vendor" / "leaflet.js"
MOST_NAMED = 20


def dp_places(dataset: dict[str, Any]) -> dict[str, Any]:
    """The places of a dataset as GeoJSON, for the snippet; without a geometry an empty collection."""
    return maps.of_places(dataset.get("spatial_coverage"), str(dataset.get("title") or dataset.get("name") or ""))


def dp_map(geometry: Any, title: str) -> dict[str, Any] | None:
    """What the snippet shows of GeoJSON (dict): None when there is nothing to show, else

    - `data`: what the script reads, as JSON
    - `legend`: [(title, whether it is a single place)], `more`: how many others there are
    - `facts`: [(what, value)] and `sentence`: the same in words
    - `credit`, `credit_url`: whose background map it is; empty without one
    - `host`: the other server that the background map would come from; empty when it is on this one
    - `library`: whether the script library is there
    """
    found = maps.features(geometry, title)
    around = maps.box(found)
    if around is None:
        return None
    town = municipality.current()
    host = urlsplit(town.map.tiles).netloc
    host = "" if host == urlsplit(tk.config["ckan.site_url"]).netloc else host
    return {
        "data": json.dumps(
            {
                "features": found,
                "box": [[around.south, around.west], [around.north, around.east]],
                "tiles": town.map.tiles,
                "ask": bool(host),
                "town": {"name": town.name, "at": [town.centre[1], town.centre[0]]},
                "language": language(),
                "words": {"closer": tk._("Zoom in"), "wider": tk._("Zoom out")},
            },
            ensure_ascii=False,
        ),
        "legend": [(each["properties"]["title"], each["geometry"]["type"] == "Point") for each in found[:MOST_NAMED]],
        "more": max(0, len(found) - MOST_NAMED),
        "facts": _facts(around),
        "sentence": _sentence(around),
        "host": host,
        "credit": town.map.attribution,
        "credit_url": town.map.attribution_url,
        "library": LIBRARY.exists(),
    }


def _facts(around: maps.Box) -> list[tuple[str, str]]:
    if around.is_point:
        return [(tk._("Degree of latitude"), _degrees(around.north)), (tk._("Degree of longitude"), _degrees(around.east))]
    return [
        (tk._("North"), _degrees(around.north)),
        (tk._("South"), _degrees(around.south)),
        (tk._("West"), _degrees(around.west)),
        (tk._("East"), _degrees(around.east)),
    ]


def _sentence(around: maps.Box) -> str:
    if around.is_point:
        return tk._("It is a single place.")
    width, height = (_distance(metres) for metres in around.size())
    return tk._("From west to east it is about %(width)s, from north to south about %(height)s.") % {"width": width, "height": height}


def _degrees(value: float) -> str:
    # four decimals are eleven metres
    return f"{format_decimal(value, '0.0000', locale=language())}°"


def _distance(metres: float) -> str:
    if metres < 995:
        return f"{format_decimal(metres, '#,##0', locale=language())} m"
    return f"{format_decimal(metres / 1000, '#,##0.#' if metres < 9_950 else '#,##0', locale=language())} km"


def warn_without_library() -> None:
    """Tell the operator once, at the start, why maps are missing."""
    if not LIBRARY.exists():
        log.warning("no maps: the script libraries are not there, bin/assets fetches them")


def get_helpers() -> dict[str, Any]:
    """All of them, for the plugin."""
    return {name: function for name, function in globals().items() if name.startswith("dp_")}
