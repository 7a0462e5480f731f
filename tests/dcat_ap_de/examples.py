"""Datasets as `package_show` gives them: rich, poor and broken."""

from __future__ import annotations

import json

from ckanext.datenplattform.dcat_ap_de.defaults import Defaults

TOWN = Defaults(
    publisher={
        "name": "Stadt Beispielstadt",
        "uri": "https://beispielstadt.de/",
        "type": "LocalAuthority",
        "url": "https://beispielstadt.de/",
    },
    contact={"name": "Open-Data-Stelle", "email": "opendata@beispielstadt.de"},
    contributor_id="landNiedersachsen",
    ags="03404000",
    ars="034040000000",
    own_publisher={"stadtwerke": {"name": "Stadtwerke Beispielstadt", "type": "Company"}}.get,
    dataset_uri=lambda dataset: f"https://daten.beispielstadt.de/dataset/{dataset['id']}",
    series_uri=lambda title: f"https://daten.beispielstadt.de/#{title}",
)
NODE = "https://daten.beispielstadt.de/dataset/6d8a2b0e"
POLYGON = json.dumps({"type": "Polygon", "coordinates": [[[8.0, 52.2], [8.1, 52.2], [8.1, 52.3], [8.0, 52.2]]]})
POINT = json.dumps({"type": "Point", "coordinates": [8.05, 52.27]})

POOR = {"id": "6d8a2b0e", "name": "arm", "title": "Arm", "metadata_modified": "2026-11-20T08:00:00.123456"}

RICH = {
    "id": "6d8a2b0e",
    "name": "baumkataster",
    "title": "Baumkataster",
    "notes": "Bäume an Straßen und in Parks.\n\nOhne Privatgrund.",
    "theme": ["ENVI", "REGI"],
    "tags": [{"name": "Baum"}, {"name": "Grün & Stadt".replace("& ", "")}],
    "license_id": "dl-de/by-2-0",
    "license_attribution_by_text": "Stadt Beispielstadt, Baumkataster",
    "access_rights": "PUBLIC",
    "dcat_type": ["GEOSPATIAL"],
    "applicable_legislation": ["http://data.europa.eu/eli/reg_impl/2023/138/oj", "Satzung über Bäume"],
    "hvd_category": ["c_dd313021"],
    "contact": [
        {
            "name": "Fachdienst Grün",
            "email": "gruen@beispielstadt.de",
            "telephone": "+49 541 323-0",
            "url": "https://beispielstadt.de/gruen",
        }
    ],
    "publisher": [
        {
            "name": "Stadt Beispielstadt",
            "uri": "https://beispielstadt.de/",
            "type": "LocalAuthority",
            "email": "a@beispielstadt.de",
        }
    ],
    "creator": [{"name": "Büro Grün", "type": "Company"}],
    "contributor": [{"name": "Befliegung", "uri": "https://beispielstadt.de/befliegung"}],
    "originator": [{"name": "Vermessung"}],
    "custodian": [{"name": "Fachdienst Grün", "identifier": "67"}],
    "contributor_id": ["landNiedersachsen"],
    "frequency": "ANNUAL",
    "temporal_coverage": [{"start": "2019", "end": "2025-12"}, {"start": "2026-01-01"}],
    "temporal_resolution": "P1D",
    "issued": "2020-05-04",
    "modified": "2026-11-02T10:00:00+01:00",
    "availability": "STABLE",
    "spatial_coverage": [
        {"text": "Innenstadt", "geom": POLYGON, "centroid": POINT},
        {"uri": "http://dcat-ap.de/def/politicalGeocoding/municipalityKey/03404000"},
    ],
    "in_series": [
        {
            "uri": "https://daten.beispielstadt.de/series/baumkataster",
            "title": "Baumkataster",
            "description": "Jedes Jahr ein neuer Stand",
            "publisher": [{"name": "Stadt Beispielstadt", "uri": "https://beispielstadt.de/"}],
            "frequency": "ANNUAL",
            "issued": "2019",
        }
    ],
    "spatial_resolution_in_meters": "0.5",
    "political_geocoding_level_uri": ["municipality"],
    "political_geocoding_uri": ["http://dcat-ap.de/def/politicalGeocoding/municipalityKey/03404000"],
    "url": "https://beispielstadt.de/baeume",
    "documentation": ["https://beispielstadt.de/baeume/doku"],
    "provenance": "Begehung, jährlich",
    "conforms_to": ["GALK-Standard", "https://inspire.ec.europa.eu/id/document/tg/ef"],
    "language": ["DEU"],
    "references": ["https://musterdatenkatalog.de/def/musterdatensatz/umwelt/baumkataster"],
    "related_resource": ["https://beispielstadt.de/parks"],
    "is_referenced_by": ["https://doi.org/10.1000/182"],
    "version": "7",
    "version_notes": "Neue Spalte Pflanzjahr",
    "identifier": "baum-7",
    "alternate_identifier": ["doi:10.1000/183"],
    "uri": NODE,
    "resources": [
        {
            "id": "r1",
            "package_id": "6d8a2b0e",
            "url": "https://daten.beispielstadt.de/baum.csv",
            "url_type": "upload",
            "name": "Bäume (CSV)",
            "description": "Alle Bäume",
            "format": "CSV",
            "mimetype": "text/csv",
            "size": 1234,
            "hash": "a" * 40,
            "hash_algorithm": "sha1",
            "issued": "2020-05-04",
            "modified": "2026-11-02",
            "availability": "AVAILABLE",
            "status": "COMPLETED",
            "language": ["DEU"],
            "documentation": ["https://beispielstadt.de/doku"],
            "conforms_to": ["https://example.org/schema"],
            "rights": "Keine weiteren",
            "temporal_resolution": "PT15M",
            "spatial_resolution_in_meters": "1",
            "compress_format": "application/gzip",
            "package_format": "application/zip",
            "applicable_legislation": ["http://data.europa.eu/eli/reg_impl/2023/138/oj"],
            "uri": NODE + "/resource/r1",
            "key": NODE + "/resource/r1",
        },
        {
            "id": "r2",
            "package_id": "6d8a2b0e",
            "url": "https://geo.beispielstadt.de/wfs",
            "name": "Bäume (WFS)",
            "format": "WFS",
            "license": "cc-zero",
            "access_services": [
                {
                    "title": "WFS Grün",
                    "endpoint_url": ["https://geo.beispielstadt.de/wfs"],
                    "format": ["GML", "GeoJSON"],
                    "endpoint_description": "https://geo.beispielstadt.de/wfs?request=GetCapabilities",
                    "conforms_to": ["WFS 2.0"],
                    "publisher": [{"name": "Geodatenstelle", "type": "LocalAuthority"}],
                    "contact": [{"name": "Dienstebetrieb", "email": "dienste@beispielstadt.de"}],
                }
            ],
            "uri": NODE + "/resource/r2",
            "key": NODE + "/resource/r2",
        },
        {
            "id": "r3",
            "package_id": "6d8a2b0e",
            "url": "https://sta.beispielstadt.de/v1.1",
            "name": "API",
            "format": "SensorThings",
            "uri": NODE + "/resource/r3",
            "key": NODE + "/resource/r3",
        },
    ],
}

# What the database may hold from older days or other doors: nothing of it may break the export or the shapes.
BROKEN = {
    "id": "6d8a2b0e",
    "name": "kaputt",
    "title": "Kaputt <script>alert(1)</script>",
    "notes": "",
    "theme": ["NOPE", "http://example.org/kein-thema"],
    "license_id": "Nutzungsbedingungen der Stadt",
    "access_rights": "vielleicht",
    "contact": [{"name": "Ohne alles"}, {"email": "kein at zeichen"}],
    "publisher": [{"name": "", "uri": ""}],
    "creator": [{"email": "nur@mail.de"}, {}],
    "contributor_id": ["gibt es/nicht"],
    "frequency": "ab und zu",
    "temporal_coverage": [{"start": "9999-01-01"}, {"start": "gestern", "end": ""}, {}],
    "temporal_resolution": "15 Minuten",
    "issued": "30.02.2020",
    "modified": "",
    "metadata_modified": "2026-11-20T08:00:00.123456",
    "spatial_coverage": [
        {"geom": "kein GeoJSON"},
        {"uri": "mit leerzeichen", "text": "Ort"},
        {"bbox": '{"type": "Polygon", "coordinates": []}'},
    ],
    "spatial_resolution_in_meters": "viel",
    "url": "beispielstadt.de ohne Schema",
    "documentation": ["ftp://alt.example.org/x", 'https://example.org/mit leerzeichen und "zitat"'],
    "conforms_to": [""],
    "language": ["Klingonisch"],
    "references": ["Baumkataster"],
    "resources": [
        {
            "id": "r1",
            "package_id": "6d8a2b0e",
            "url": "",
            "name": "",
            "format": "???",
            "mimetype": "kaputt",
            "size": "groß",
            "hash": "xyz",
        },
        {
            "id": "r2",
            "package_id": "6d8a2b0e",
            "url": "javascript:alert(1)",
            "format": "http://example.org/format",
            "license": "https://example.org/lizenz",
            "access_services": [
                {"title": "leer", "endpoint_url": []},
                {"title": "", "endpoint_url": ["https://example.org/api"], "publisher": [{}]},
            ],
            "status": "http://purl.org/adms/status/Completed",
            "hash": "abc",
            "hash_algorithm": "md5",
            "availability": "nie",
        },
        {
            "id": "r3",
            "package_id": "6d8a2b0e",
            "url": "https://example.org/a b.csv",
            "uri": None,
            "license": "cc-by/4.0",
            "size": -1,
        },
    ],
}
