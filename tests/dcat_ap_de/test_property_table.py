"""The table in docs/dcat-ap-de.md says what the code does."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from ckanext.dcat.processors import RDFSerializer
from rdflib import URIRef

from ckanext.datenplattform.dcat_ap_de.rdf.dataset import dataset_from_graph
from ckanext.datenplattform.dcat_ap_de.rdf.terms import RDF, SKOS, short

from .examples import NODE, RICH
from .property_table import TABLES, markdown, rows
from .test_rdf import write

PAGE = Path(__file__).parents[2] / "docs" / "dcat-ap-de.md"
# Who is both is meant as the second.
BARE = {"vcard:Organization": "vcard:Kind", "dcat:Resource": "dcat:Dataset"}
FULL = {
    **RICH,
    "metadata_modified": "2026-11-20T08:00:00.123456",
    "metadata_created": "2026-11-01T08:00:00.123456",
    "spatial_coverage": [{"text": "Mitte", **dict.fromkeys(("geom", "bbox", "centroid"), RICH["spatial_coverage"][0]["geom"])}],
    "creator": [{"name": "Büro", "email": "a@b.de", "url": "https://b.de/", "type": "Company", "identifier": "1"}],
    "in_series": [{**RICH["in_series"][0], "modified": "2026"}],
}
FULL["resources"] = [
    {**RICH["resources"][0], "conforms_to": ["Ein Schema"], "license": "Eigene Bedingungen", "applicable_legislation": ["Satzung"]},
    {
        **RICH["resources"][1],
        "access_services": [
            {
                **RICH["resources"][1]["access_services"][0],
                "description": "Alle Bäume",
                "keyword": ["Baum"],
                "availability": "STABLE",
                "access_rights": "PUBLIC",
                "landing_page": ["https://b.de/dienst"],
            }
        ],
    },
]


@pytest.fixture
def exported(with_plugins, clean_db, clean_index):
    """The whole catalogue with one dataset in which every field is filled."""
    serializer = RDFSerializer(profiles=["dcat_ap_de"])
    serializer.graph_from_catalog({"modified": "2026-11-20"})
    serializer.graph_from_dataset(FULL)
    return serializer.g


def pairs(graph):
    """(class, property) of everything written; entries of code lists count as such, whatever else they are."""
    found = set()
    types = defaultdict(set)
    for node, cls in graph.subject_objects(RDF.type):
        types[node].add(BARE.get(short(cls), short(cls)))
    listed = set(graph.subjects(SKOS.inScheme))
    for node, predicate, _value in graph:
        if predicate != RDF.type:
            classes = {"skos:Concept"} if node in listed else types[node]
            found.update((cls, short(predicate)) for cls in classes)
    return found


def test_the_page_has_the_table_of_the_code():
    page = PAGE.read_text("utf-8")
    assert "\n".join(markdown()) in page, "print it anew: python -m tests.dcat_ap_de.property_table"


def test_what_is_called_written_is_written_and_nothing_else(exported):
    assert {(row[0], row[1]) for row in rows() if row[5] == "yes"} == pairs(exported)


def test_what_is_called_read_is_read():
    back = dataset_from_graph(write(FULL), URIRef(NODE), [])
    for row in rows():
        if row[0] == "dcat:Dataset" and row[4] == "yes":
            assert back.get(row[2]), row
    by_key = {resource["key"]: resource for resource in back["resources"]}
    files = [*by_key.values()]
    for row in rows():
        if row[0] == "dcat:Distribution" and row[4] == "yes":
            assert any(resource.get(row[2]) for resource in [*files, back, {"access_url": files[0]["url"]}]), row
        if row[0] == "dcat:DataService" and row[4] == "yes":
            assert any(service.get(row[2]) for resource in files for service in resource.get("access_services", [])), row


def _names(fields):
    return {field["field_name"] for field in fields}


def _subfields(fields, name):
    return next(field["repeating_subfields"] for field in fields if field["field_name"] == name)


def test_each_field_of_the_table_is_in_the_form(with_plugins):
    from ckanext.scheming.helpers import scheming_get_dataset_schema

    schema: Any = scheming_get_dataset_schema("dataset")
    names = _names(schema["dataset_fields"]) | {"resources", "tags"}
    files = _names(schema["resource_fields"])
    services = _names(_subfields(schema["resource_fields"], "access_services"))
    series = _names(_subfields(schema["dataset_fields"], "in_series"))
    known = {"dcat:Dataset": names, "dcat:Distribution": files, "dcat:DataService": services, "dcat:DatasetSeries": series}
    for cls, table in TABLES.items():
        for prop in table:
            assert prop.field in known[cls], (cls, prop.field)
    grouped = {name for group in schema["field_groups"] for name in group["fields"]}
    assert names - grouped == {"resources", "tags"}
