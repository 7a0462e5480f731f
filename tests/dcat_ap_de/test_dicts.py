"""What the export reads by SQL is what `package_show` gives to anyone, field by field."""

import ckan.model as model
import pytest

from ckanext.datenplattform.dcat_ap_de.export import dicts, public
from ckanext.datenplattform.dcat_ap_de.rdf.properties import DATASET, DISTRIBUTION

from .. import factories
from .examples import POOR, RICH
from .test_export import content

pytestmark = pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")

OF_DATASET = {prop.field for prop in DATASET} | {
    "id", "name", "title", "notes", "uri", "url", "license_id", "license_attribution_by_text", "metadata_created",
    "metadata_modified", "owner_org", "type", "version", "further_rdf",
}  # fmt: skip
OF_RESOURCE = {prop.field for prop in DISTRIBUTION} | {"id", "package_id", "url", "url_type", "uri", "access_services", "hash_algorithm"}


def read(package_id):
    with public.connection() as at:
        return dicts.read(at, [package_id])[package_id]


def chosen(values, names):
    return {name: values[name] for name in names if values.get(name) not in (None, "", [])}


def same(package_id):
    ours, stock = read(package_id), factories.act("package_show", id=package_id)
    assert chosen(ours, OF_DATASET) == chosen(stock, OF_DATASET)
    assert [tag["name"] for tag in ours["tags"]] == sorted(tag["name"] for tag in stock["tags"])
    assert ours["organization"]["name"] == stock["organization"]["name"]
    assert [chosen(item, OF_RESOURCE) for item in ours["resources"]] == [
        chosen(item, OF_RESOURCE) for item in stock["resources"]
    ]
    return ours


@pytest.mark.parametrize("source", [RICH, POOR], ids=["rich", "poor"])
def test_every_field_is_as_package_show_gives_it(source):
    made = factories.dataset(factories.unit(), **content(source))
    ours = same(made["id"])
    assert ours["title"] == made["title"]


def test_files_have_their_full_address_in_no_language(app, tmp_path):
    made = factories.harvested(factories.unit(), tmp_path)
    with app.flask_app.test_request_context("/en/"):
        (resource,) = read(made["id"])["resources"]
    assert "/en/" not in resource["url"]
    assert resource["url"].endswith(f"/dataset/{made['id']}/resource/{resource['id']}/download/baeume.csv")
    same(made["id"])


def test_what_is_deleted_or_unknown_below_is_left_out():
    made = factories.dataset(factories.unit(), **content(RICH))
    resources = made["resources"]
    factories.act("resource_delete", id=resources[0]["id"])
    factories.act("package_patch", id=made["id"], tags=[])
    assert len(same(made["id"])["resources"]) == len(resources) - 1
    row = model.Session.get(model.Package, made["id"])
    row.extras = {**row.extras, "contact": '[{"__extras": {"geheim": "x"}}, {"name": "Stelle", "geheim": "x"}]'}
    model.Session.commit()
    assert read(made["id"])["contact"] == [{"name": "Stelle"}]
    assert read(made["id"])["tags"] == []


def test_an_id_that_never_was_is_nothing():
    with public.connection() as at:
        assert dicts.read(at, ["gibt-es-nicht"]) == {}
