"""The form: what goes in is stored in one spelling, comes out again, and survives being saved by a person."""

import copy
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories, helpers

from ckanext.datenplattform.dcat_ap_de.rdf.properties import DATASET, DISTRIBUTION
from ckanext.datenplattform.dcat_ap_de.shared import parse

from .examples import RICH
from .shapes import SHARED, needs_shared

pytestmark = pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")


@pytest.fixture
def unit():
    return factories.Organization(name="geo", title="Fachdienst Geodaten")


def package(unit, source=RICH, **changes):
    """A package dict as a harvester sends it."""
    given = {
        key: value for key, value in copy.deepcopy(source).items() if key not in ("id", "metadata_modified", "uri")
    }
    for resource in given.get("resources", []):
        for key in ("id", "package_id", "url_type", "uri"):
            resource.pop(key, None)
        resource["dp_key"] = resource.pop("key", "")
    return {**given, "owner_org": unit["id"], "private": True, "type": "dataset", **changes}


def show(id):
    return helpers.call_action("package_show", id=id)


def facts(dataset):
    """What the form holds of a dataset, without what CKAN adds."""
    fields = [prop.field for prop in DATASET] + ["license_id", "license_attribution_by_text"]
    kept = {field: dataset[field] for field in fields if dataset.get(field) not in (None, "", [])}
    kept["tags"] = sorted(tag["name"] for tag in dataset["tags"])
    names = [prop.field for prop in DISTRIBUTION] + ["url", "access_services", "dp_key"]
    kept["resources"] = [
        {name: resource[name] for name in names if resource.get(name) not in (None, "", [])}
        for resource in dataset["resources"]
    ]
    return kept


def test_every_field_comes_out_as_it_went_in(unit):
    given = package(unit)
    stored = facts(show(helpers.call_action("package_create", **given)["id"]))
    wanted = facts({**given, "tags": given["tags"]})
    for place in wanted["spatial_coverage"]:
        for key in ("geom", "centroid"):
            if key in place:
                place[key] = place[key].replace(" ", "")
    for places in (wanted["spatial_coverage"], stored["spatial_coverage"]):
        for place in places:
            place.pop("geom", None)
            place.pop("centroid", None)
    assert stored == wanted


@pytest.mark.parametrize(
    ("field", "given", "stored"),
    [
        ("theme", "http://publications.europa.eu/resource/authority/data-theme/TRAN", ["TRAN"]),
        ("theme", ["Umwelt", "TRAN", "ENVI"], ["ENVI", "TRAN"]),
        ("frequency", "http://publications.europa.eu/resource/authority/frequency/DAILY", "DAILY"),
        ("frequency", "täglich", "DAILY"),
        ("license_id", "http://dcat-ap.de/def/licenses/dl-by-de/2.0", "dl-de/by-2-0"),
        ("license_id", "Nutzungsbedingungen der Stadt", "Nutzungsbedingungen der Stadt"),
        ("language", "de", ["DEU"]),
        ("issued", "4.5.2020", "2020-05-04"),
        ("spatial_resolution_in_meters", "0,5", "0.5"),
        ("conforms_to", "INSPIRE", ["INSPIRE"]),
        ("references", [""], None),
    ],
)
def test_one_spelling_is_stored(unit, field, given, stored):
    created = helpers.call_action("package_create", **package(unit, {"title": "T", "name": "t1"}, **{field: given}))
    assert show(created["id"]).get(field) == stored


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("theme", ["NOPE"]),
        ("frequency", "ab und zu"),
        ("issued", "2020-02-30"),
        ("modified", "9999-12-31"),
        ("url", "javascript:alert(1)"),
        ("documentation", ["kein link"]),
        ("temporal_resolution", "15 Minuten"),
        ("contact", [{"email": "kein at"}]),
        ("spatial_coverage", [{"geom": "kein GeoJSON"}]),
        ("spatial_resolution_in_meters", "viel"),
        ("theme", "[kaputtes json"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(unit, field, given):
    with pytest.raises(tk.ValidationError) as error:
        helpers.call_action("package_create", **package(unit, {"title": "T", "name": "t1"}, **{field: given}))
    assert field in error.value.error_dict


@pytest.mark.parametrize(
    ("given", "badge"),
    [
        ("http://publications.europa.eu/resource/authority/file-type/CSV", "CSV"),
        ("https://www.iana.org/assignments/media-types/text/csv", "CSV"),
        ("text/csv", "CSV"),
        ("csv", "CSV"),
        ("geojson", "GeoJSON"),
        ("", "CSV"),
        ("Eigenes Format", "Eigenes Format"),
    ],
)
def test_a_format_is_its_short_name(unit, given, badge):
    dataset = helpers.call_action(
        "package_create",
        **package(unit, {"title": "T", "name": "t1"}, resources=[{"url": "https://x.de/a.csv", "format": given}]),
    )
    assert show(dataset["id"])["resources"][0]["format"] == badge


def test_ckan_knows_the_licences(unit):
    licences = {licence["id"]: licence for licence in helpers.call_action("license_list")}
    assert {"dl-de/by-2-0", "dl-de/zero-2-0", "cc-by/4.0", "cc-zero"} <= set(licences)
    dataset = helpers.call_action("package_create", **package(unit))
    assert dataset["license_title"] == "Datenlizenz Deutschland – Namensnennung – Version 2.0"
    assert dataset["isopen"] is True


@pytest.fixture
def editor(unit):
    user = factories.UserWithToken(sysadmin=False)
    helpers.call_action("organization_member_create", id=unit["id"], username=user["name"], role="admin")
    return {"Authorization": user["token"]}


def fields_of(page, form_id):
    """What a browser would send of a form."""
    form = BeautifulSoup(page.body, "html.parser").find("form", id=form_id)
    assert form is not None
    sent = []
    for tag in form.find_all(["input", "textarea", "select"]):
        name = tag.get("name")
        kind = tag.get("type", "text")
        if (
            not name
            or kind in ("submit", "file", "button")
            or (kind in ("checkbox", "radio") and not tag.has_attr("checked"))
        ):
            continue
        if tag.name == "select":
            options = tag.find_all("option")
            chosen = [option for option in options if option.has_attr("selected")] or options[:1]
            sent += [(name, option.get("value", "")) for option in chosen]
        else:
            sent.append((name, tag.get("value", "") if tag.name == "input" else tag.text))
    return sent


def as_form(sent):
    data: dict = {}
    for name, value in sent:
        data.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in data.items()}


def test_saving_the_form_unchanged_changes_nothing(app, unit, editor):
    """Also not a value that the lists of the form do not offer, nor the key by which a harvester finds a file again."""
    dataset = helpers.call_action(
        "package_create", **package(unit, license_id="Eigene Bedingungen", language=["KLI"], uri="https://x.de/1")
    )
    before = show(dataset["id"])
    url = tk.h.url_for("dataset.edit", id=dataset["id"])
    page = app.get(url, headers=editor)
    assert page.status_code == 200
    answer = app.post(
        url, headers=editor, data={**as_form(fields_of(page, "dataset-edit")), "save": ""}, follow_redirects=False
    )
    assert answer.status_code == 302, BeautifulSoup(answer.body, "html.parser").find(class_="error-explanation")
    model.Session.expire_all()
    after = show(dataset["id"])
    assert facts(after) == facts(before)
    assert after["uri"] == "https://x.de/1"

    resource = before["resources"][1]
    url = tk.h.url_for("dataset_resource.edit", id=dataset["id"], resource_id=resource["id"])
    page = app.get(url, headers=editor)
    answer = app.post(
        url, headers=editor, data={**as_form(fields_of(page, "resource-edit")), "save": ""}, follow_redirects=False
    )
    assert answer.status_code == 302
    model.Session.expire_all()
    assert facts(show(dataset["id"]))["resources"] == facts(before)["resources"]


def test_the_form_speaks_german_and_is_short_first(app, editor):
    page = BeautifulSoup(app.get(tk.h.url_for("dataset.new"), headers=editor).body, "html.parser")
    sections = page.find_all("details", class_="dp-form-section")
    assert [summary.get_text().strip() for summary in page.select("details.dp-form-section > summary")] == [
        "Worum geht es?",
        "Wer darf was damit tun?",
        "Wer ist zuständig?",
        "Zeit und Raum",
        "Weitere Angaben",
    ]
    assert [section.has_attr("open") for section in sections] == [True, True, False, False, False]
    offered = [option.get("value") for option in page.select("#field-license_id option")]
    assert offered[:3] == ["", "dl-de/by-2-0", "dl-de/zero-2-0"]


def test_every_field_of_the_schema_has_a_section_a_german_and_an_english_label(unit):
    schema = helpers.call_action("scheming_dataset_schema_show", type="dataset")
    grouped = [name for group in schema["field_groups"] for name in group["fields"]]
    assert sorted(grouped) == sorted(field["field_name"] for field in schema["dataset_fields"])
    for field in schema["dataset_fields"] + schema["resource_fields"]:
        assert set(field["label"]) == {"de", "en"}
    known = {field["field_name"] for field in schema["dataset_fields"]}
    assert {prop.field for prop in DATASET} <= known
    assert {prop.field for prop in DISTRIBUTION} <= {field["field_name"] for field in schema["resource_fields"]}


@needs_shared
@pytest.mark.parametrize("name", ["bremen.rdf", "brandenburg.rdf"])
def test_every_record_of_a_real_catalogue_is_taken(unit, name):
    """Through the form's validation, without writing: none of them is refused."""
    from ckan.lib.plugins import lookup_package_plugin, plugin_validate

    plugin = lookup_package_plugin("dataset")
    context: Any = {"model": model, "session": model.Session, "user": factories.Sysadmin()["name"], "ignore_auth": True}
    refused = {}
    for number, record in enumerate(parse(SHARED / "catalogues" / name)):
        given = {**record.dataset, "name": f"satz-{number}", "owner_org": unit["id"], "private": True}
        _data, errors = plugin_validate(plugin, context, given, plugin.create_package_schema(), "package_create")
        if errors:
            refused[record.remote_id] = errors
    assert refused == {}
