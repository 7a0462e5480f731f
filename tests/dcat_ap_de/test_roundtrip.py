"""In, out and in again: real catalogues whole, and any complete dataset."""

import json
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rdflib import Graph, URIRef

from ckanext.datenplattform.dcat_ap_de.clean import clean_tags
from ckanext.datenplattform.dcat_ap_de.rdf.dataset import dataset_from_graph
from ckanext.datenplattform.dcat_ap_de.rdf.rest import FIELD
from ckanext.datenplattform.dcat_ap_de.rdf.terms import DCAT, RDF
from ckanext.datenplattform.dcat_ap_de.read import parse
from ckanext.datenplattform.dcat_ap_de.vocabulary import vocabulary

from .examples import NODE
from .shapes import SHARED, needs_shared, verdict
from .test_rdf import write

CATALOGUES = {"bremen.rdf": 153, "brandenburg.rdf": 112}
# What an export adds where a source is silent, see `defaults.fill`; nothing else may differ.
FILLED = {"identifier", "access_rights", "license_attribution_by_text", "contributor_id", "notes", "publisher"}


@cache
def records(name):
    return list(parse(SHARED / "catalogues" / name))


def out(dataset, key):
    return write({**dataset, "id": key}, dataset["uri"])


@needs_shared
@pytest.mark.parametrize("name", CATALOGUES)
def test_a_real_catalogue_comes_in_complete(name):
    assert len(records(name)) == CATALOGUES[name]
    assert [record.error for record in records(name) if record.error] == []
    source = Graph().parse(SHARED / "catalogues" / name, format="xml", publicID="http://base.invalid/")
    for record in records(name):
        node = URIRef(record.dataset["uri"])
        assert len(record.dataset["resources"]) == len(set(source.objects(node, DCAT.distribution)))
        assert record.dataset["title"]


@needs_shared
@pytest.mark.parametrize("name", CATALOGUES)
def test_field_by_field_the_same_after_going_out_and_coming_in(name):
    for record in records(name):
        there = record.dataset
        back = dataset_from_graph(out(there, record.remote_id), URIRef(there["uri"]), [])
        for field in {*there, *back} - {"resources", "spatial_coverage"}:
            assert back[field] == there.get(field) or (field in FILLED and not there.get(field)), field
        # A key of the official list stands in dct:spatial too (convention 11).
        mirrored = [{"uri": uri} for uri in there.get("political_geocoding_uri", [])]
        places = there.get("spatial_coverage", [])
        assert [place for place in back.get("spatial_coverage", []) if place not in places] == [
            place for place in mirrored if place not in places
        ]
        by_key = {resource["key"]: resource for resource in back["resources"]}
        for resource in there["resources"]:
            again = by_key[resource["key"]]
            # The media type follows from the format; where there is no address at all, one can only go to the dataset's page.
            added = {"mimetype", "url"} - {key for key, value in resource.items() if value}
            resource = {key: value for key, value in resource.items() if value}
            assert {key: value for key, value in again.items() if key not in added} == resource


@needs_shared
@pytest.mark.parametrize("name", CATALOGUES)
def test_the_same_graph_again_and_not_one_violation(name):
    whole = Graph()
    for record in records(name):
        first = out(record.dataset, record.remote_id)
        back = dataset_from_graph(out(record.dataset, record.remote_id), URIRef(record.dataset["uri"]), [])
        assert set(out(back, record.remote_id)) == set(first), record.remote_id
        twice = dataset_from_graph(out(back, record.remote_id), URIRef(record.dataset["uri"]), [])
        assert twice == back
        whole += first
    assert len(set(whole.subjects(RDF.type, DCAT.Dataset))) == CATALOGUES[name]
    found = verdict(whole)
    assert found["Violation"] == []
    warned = {message.split(" | ")[1].rsplit("/", 1)[-1] for message in found["Warning"]}
    # Potsdam names its licence by a text of its own, which is in no list.
    assert warned == {"politicalGeocodingURI"} | ({"core#inScheme"} if name == "brandenburg.rdf" else set())


# --- any complete dataset -------------------------------------------------------------------------------------------

LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "S"), exclude_characters="<>&\xa0\u2028\u2029")
text = st.text(LETTERS, min_size=1, max_size=40).map(str.strip).filter(bool)
word = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
address = st.builds("https://example.org/{}/{}".format, word, word)
mail = st.builds("{}@{}.de".format, word, word)
day = st.dates(date(1000, 1, 1), date(2999, 12, 31)).map(date.isoformat)
moment = st.one_of(day, st.integers(1000, 2999).map(str), st.just("2024-05"), st.just("2026-11-02T10:00:00+01:00"))
language = st.sampled_from(["en", "fr", "de", "pl"])
number = st.decimals(0, 10**6, places=2).map(lambda value: f"{value.normalize():f}")
# (statement without a field, in the one spelling and order in which it is kept)
statement = st.tuples(
    st.builds("https://example.org/terms#{}".format, word),
    st.one_of(
        st.builds(lambda value: {"text": value}, text),
        st.builds(lambda value, lang: {"lang": lang, "text": value}, text, language),
        st.builds(lambda value: {"iri": value}, address),
    ),
)


def several(items, key: Any = str, most=3):
    """A list without doubles, in the order in which a graph gives it back."""
    return st.lists(items, min_size=1, max_size=most, unique_by=key).map(lambda found: sorted(found, key=key))


def codes(name):
    return several(st.sampled_from([concept.code for concept in vocabulary(name) if concept.iri]))


def code(name):
    return st.sampled_from([concept.code for concept in vocabulary(name) if concept.iri])


def rest(found):
    lines = sorted({json.dumps(list(item), ensure_ascii=False, sort_keys=True) for item in found})
    return "[" + ", ".join(lines) + "]"


beyond = st.lists(statement, min_size=1, max_size=3).map(rest)


def things(**fields):
    """One thing with an address; more would come back in the order of their addresses."""
    return several(st.fixed_dictionaries({"uri": address, **fields}), key=lambda item: item["uri"], most=2)


agent = {"name": text, "email": mail, "url": address, "type": code("publisher_type"), "identifier": text, FIELD: beyond}
square = '{"coordinates":[[[8.0,52.0],[8.5,52.0],[8.5,52.5],[8.0,52.0]]],"type":"Polygon"}'
contacts = things(name=text, email=mail, url=address, telephone=st.just("+4954132300"), **{FIELD: beyond})
series = {"title": text, "description": text, "frequency": code("frequency"), "issued": moment, "modified": moment}
service = st.fixed_dictionaries(
    {
        "uri": address, "title": text, "description": text, "endpoint_url": several(address.map("{}/dienst".format)),
        "endpoint_description": address, "conforms_to": several(address), "format": codes("file_type"),
        "license": code("licence"), "access_rights": code("access_right"), "availability": code("availability"),
        "documentation": several(address), "landing_page": several(address), "keyword": several(text), FIELD: beyond,
        "publisher": things(**agent).map(lambda found: found[:1]), "contact": contacts,
    }
)  # fmt: skip
resource = st.fixed_dictionaries(
    {
        "url": address, "name": text, "description": text, "license": code("licence"), "license_attribution_by_text": text,
        "format": st.sampled_from(["CSV", "JSON", "XML"]), "mimetype": st.sampled_from(["text/csv", "application/json"]),
        "size": st.integers(0, 2**40), "hash": st.binary(min_size=16, max_size=16).map(bytes.hex), "hash_algorithm": st.just("md5"),
        "issued": moment, "modified": moment, "availability": code("availability"), "status": code("status"),
        "language": codes("language"), "documentation": several(address), "conforms_to": several(address), "rights": text,
        "applicable_legislation": several(address), "temporal_resolution": st.just("PT15M"),
        "spatial_resolution_in_meters": number, FIELD: beyond,
    }
)  # fmt: skip
file = resource.map(lambda found: {**found, "download_url": found["url"], "access_url": f"{found['url']}/seite"})
with_service = st.builds(
    lambda found, services: {**found, "access_services": services}, resource, several(service, key=lambda item: item["uri"], most=1)
)
dataset = st.fixed_dictionaries(
    {
        "title": text, "notes": text, "publisher": things(**agent).map(lambda found: found[:1]), "creator": things(**agent),
        "contributor": things(**agent), "originator": things(**agent), "custodian": things(**agent), "contact": contacts,
        "theme": codes("theme"), "dcat_type": codes("dataset_type"), "url": address, "documentation": several(address),
        "issued": moment, "modified": moment, "version": text, "version_notes": text, "identifier": text,
        "alternate_identifier": several(text), "frequency": code("frequency"), "availability": code("availability"),
        "access_rights": code("access_right"), "language": codes("language"), "provenance": text,
        "conforms_to": several(address), "is_referenced_by": several(address), "related_resource": several(address),
        "references": several(address), "applicable_legislation": several(address),
        "temporal_coverage": several(
            st.fixed_dictionaries({"start": moment, "end": moment}), key=lambda item: (item["start"], item["end"]), most=2
        ),
        "temporal_resolution": st.just("P1D"), "spatial_resolution_in_meters": number,
        "spatial_coverage": things(text=text, geom=st.just(square), bbox=st.just(square), **{FIELD: beyond}),
        "political_geocoding_level_uri": codes("geocoding_level"), "contributor_id": codes("contributor").map(lambda found: found[:1]),
        "in_series": several(
            st.fixed_dictionaries({"uri": address, **series, "publisher": things(**agent).map(lambda found: found[:1]), FIELD: beyond}),
            key=lambda item: item["uri"], most=1,
        ),
        "tags": st.lists(text, max_size=4).map(lambda words: [{"name": tag} for tag in clean_tags(words)]),
        "resources": st.lists(st.one_of(file, with_service), max_size=3), FIELD: beyond,
    }
)  # fmt: skip


def own_addresses(found):
    """Every thing of the dataset under an address of its own: two things under one address would be one."""
    count = iter(range(10**6))

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(item) for item in value]
        if isinstance(value, dict):
            return {key: f"https://e.org/{next(count):06d}" if key == "uri" else walk(item) for key, item in value.items()}
        return value

    found = walk(found)
    for place, item in enumerate(found["resources"]):
        item["uri"] = item["key"] = f"{NODE}/resource/{place}"
    return {**found, "uri": NODE, "type": "dataset"}


# Without shrinking: it takes minutes on things of this size, and the difference names the field anyway.
@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(dataset.map(own_addresses))
def test_any_complete_dataset_comes_back_as_it_went(found):
    notes = []
    back = dataset_from_graph(write({**found, "id": "x"}), URIRef(NODE), notes)
    assert notes == []
    assert normal(back) == normal(found)


def normal(found):
    """What all files share is kept once, at the dataset."""
    found = json.loads(json.dumps(found))
    for under, above in (("license", "license_id"), ("license_attribution_by_text", "license_attribution_by_text")):
        for item in found["resources"]:
            item[under] = item.get(under) or found.get(above)
        found.pop(above, None)
    for item in found["resources"]:
        # An address that is the same as another says nothing new; with a service there is none to download.
        item["access_url"] = item.get("access_url") or item["url"]
    return found
