"""WFS 2.0: one dataset for each layer, with GeoJSON and CSV made here, and the services' addresses. Plugin
`dp_harvest_wfs`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ckanext.datenplattform.core.errors import SourceFormat
from ckanext.datenplattform.core.http import host_of
from ckanext.datenplattform.core.i18n import N_, translate
from ckanext.datenplattform.dcat_ap_de import shared as dcat

from . import wfs_capabilities as capabilities
from .addresses import base_of, with_query
from .base import DatenplattformHarvester
from .geo import bbox_polygon
from .licences import recognise
from .records import MappedRecord, RemoteRecord, Source
from .settings import CHECKBOX, LIST, MAPPING, NUMBER, URL, Field
from .web import Web
from .wfs_download import CSV, GEOJSON, Request, download, wgs84

NOT_WFS = N_("The source %(host)s is no WFS 2.0: it answered with “%(answer)s”.")
NO_LAYERS = N_("The source %(host)s lists no layers.")
NO_JSON = N_("The service does not deliver GeoJSON; the dataset has only the address of the service.")
UNKNOWN_LICENCE = N_("No licence was recognised in the service's text “%(text)s”.")
SEVERAL_LICENCES = N_("The service names several licences (%(licences)s); none was taken over.")
GEOJSON_NAME, CSV_NAME = N_("%(title)s (GeoJSON)"), N_("%(title)s (CSV)")
WFS_NAME, WMS_NAME = N_("%(title)s (WFS)"), N_("%(title)s (WMS)")


class WfsHarvester(DatenplattformHarvester):
    """Harvest type `wfs`."""

    kind = "wfs"
    title = N_("WFS 2.0")
    description = N_("Layers of a web feature service; a dataset with GeoJSON and CSV for each.")
    source_class = "geodata"
    fetches = True
    fields = (
        Field("layers", N_("Only these layers"), N_("One name in each line. Empty: all."), LIST),
        Field("skip_layers", N_("Not these layers"), N_("One name in each line."), LIST),
        Field("layer_themes", N_("Categories by layer"), N_("One line for each layer: trees = ENVI"), MAPPING),
        Field(
            "layer_units",
            N_("Units by layer"),
            N_("Where a layer belongs to another unit: trees = name-of-the-unit"),
            MAPPING,
        ),
        Field("public_source", N_("The service is public"), N_("Name its address in the datasets."), CHECKBOX, True),
        Field(
            "wms_url",
            N_("Address of the WMS"),
            N_("Where the same layers can be had as a map, if the public may use it."),
            URL,
        ),
        Field("download", N_("Make files for download"), N_("GeoJSON and CSV in WGS 84."), CHECKBOX, True),
        Field("page_size", N_("Features in one request"), "", NUMBER, 1000, low=1, high=100_000, folded=True),
        Field(
            "max_features",
            N_("At most so many features in a layer"),
            "",
            NUMBER,
            500_000,
            low=1,
            high=10_000_000,
            folded=True,
        ),
    )

    def list_records(self, source: Source, web: Web) -> Iterator[RemoteRecord]:
        """One record for each layer, in the service's order."""
        root = web.xml(with_query(base_of(source.url), SERVICE="WFS", VERSION="2.0.0", REQUEST="GetCapabilities"))
        host = host_of(source.url)
        try:
            service = capabilities.read(root)
        except capabilities.NotAService as error:
            raise SourceFormat(host, NOT_WFS, expected="WFS", answer=str(error)) from error
        if not service.layers:
            raise SourceFormat(host, NO_LAYERS, expected="WFS")
        about = asdict(service)
        del about["layers"]
        wanted, skipped = set(source.settings["layers"]), set(source.settings["skip_layers"])
        for layer in service.layers:
            names = {layer.name, layer.name.rpartition(":")[2]}
            if (wanted and not names & wanted) or names & skipped:
                continue
            content = {"service": about, "layer": asdict(layer), "data": None}
            if source.settings["download"] and capabilities.json_format(layer.formats or service.formats):
                content["data"] = {}  # filled by `fetch_record`
            yield RemoteRecord(layer.name, content, title=layer.title)

    def fetch_record(self, source: Source, record: RemoteRecord, web: Web, folder: Path) -> RemoteRecord:
        """Download the layer's features."""
        layer, service, given = record.content["layer"], record.content["service"], source.settings
        form = capabilities.json_format(layer["formats"] or service["formats"])
        if record.content["data"] is None or form is None:
            return record
        size = min(given["page_size"], service["page_size"] or given["page_size"])
        box = tuple(layer["box"]) if layer["box"] else None
        request = Request(
            service["get_feature"] or base_of(source.url),
            layer["name"],
            form,
            wgs84(layer["crs"]),
            box,
            size,
            given["max_features"],
        )
        done = download(request, web, folder)
        record.files = done.files
        record.content["data"] = {"features": done.features, "digest": done.digest}
        return record

    def map_record(self, source: Source, record: RemoteRecord) -> MappedRecord:
        """The dataset of a layer. Pure."""
        layer, service, given = record.content["layer"], record.content["service"], source.settings
        short = layer["name"].rpartition(":")[2]
        warnings: list[str] = []
        dataset: dict[str, Any] = {
            "title": layer["title"],
            "notes": dcat.clean_text(layer["abstract"] or service["abstract"]),
            "tags": [{"name": tag} for tag in dcat.clean_tags(layer["keywords"])],
            "resources": [],
        }
        licence = _licence(service, warnings)
        if licence:
            dataset["license_id"] = licence
        if layer["box"]:
            dataset["spatial_coverage"] = [{"bbox": json.dumps(bbox_polygon(tuple(layer["box"])))}]
        if service["provider"] and service["email"]:
            dataset["contact"] = [{"name": service["provider"], "email": service["email"]}]
        themes = given["layer_themes"].get(short) or given["layer_themes"].get(layer["name"]) or ""
        if themes:
            dataset["theme"] = [theme.strip() for theme in themes.split(",") if theme.strip()]
        unit = given["layer_units"].get(short) or given["layer_units"].get(layer["name"])
        if unit:
            dataset["owner_org"] = unit
        if record.content["data"] is not None:
            dataset["resources"] += _files(layer, short)
        elif given["download"] and not capabilities.json_format(layer["formats"] or service["formats"]):
            warnings.append(translate(NO_JSON))
        dataset["resources"] += _services(source, layer, service)
        return MappedRecord(dataset, {}, warnings)


def _files(layer: dict[str, Any], short: str) -> list[dict[str, Any]]:
    name = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in short) or "layer"
    title = {"title": layer["title"]}
    return [
        {
            "key": CSV,
            "name": translate(CSV_NAME) % title,
            "format": "CSV",
            "mimetype": "text/csv",
            "url": f"{name}.csv",
        },
        {
            "key": GEOJSON,
            "name": translate(GEOJSON_NAME) % title,
            "format": "GeoJSON",
            "mimetype": "application/geo+json",
            "url": f"{name}.geojson",
        },
    ]


def _services(source: Source, layer: dict[str, Any], service: dict[str, Any]) -> list[dict[str, Any]]:
    title, found = {"title": layer["title"]}, []
    addresses = [
        ("wfs", "WFS", WFS_NAME, base_of(source.url) if source.settings["public_source"] else "", "2.0.0"),
        ("wms", "WMS", WMS_NAME, base_of(source.settings["wms_url"]), "1.3.0"),
    ]
    for key, kind, name, url, version in addresses:
        if url:
            about = with_query(url, SERVICE=kind, VERSION=version, REQUEST="GetCapabilities")
            found.append(
                {
                    "key": key,
                    "name": translate(name) % title,
                    "format": kind,
                    "url": about,
                    "access_services": [
                        {
                            "title": service["title"] or source.title,
                            "endpoint_url": [url],
                            "endpoint_description": about,
                            "conforms_to": [f"OGC {kind} {version}"],
                        }
                    ],
                }
            )
    return found


def _licence(service: dict[str, Any], warnings: list[str]) -> str | None:
    code, found = recognise((service["constraints"], service["fees"]))
    if code is None and found:
        warnings.append(translate(SEVERAL_LICENCES) % {"licences": ", ".join(found)})
    elif code is None and (service["constraints"] or service["fees"]):
        text = " / ".join(filter(None, (service["constraints"], service["fees"])))
        warnings.append(translate(UNKNOWN_LICENCE) % {"text": text[:200]})
    return code
