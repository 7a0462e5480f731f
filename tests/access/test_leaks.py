"""What is hidden is told by no way: each with a word that stands nowhere else on the portal.

One dataset of high protection need carries the word in every field. Three readers who must not know of it try each
way; the unit's own editor shows, where he can, that the way would have told it.
"""

from __future__ import annotations

import json
from urllib.parse import quote

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.timeseries import shared as timeseries
from tests import factories as f

# letters only, so that no analyser of the index splits it
CANARY = "Leckvogel"
# its name without the word, for pages that repeat what one asked for
NAME = "geheimer-name"
INNER = ("res_url", "urls", "text", "permission_labels", "data_dict", "validated_data_dict", "res_extras_hash")
READERS = ("anonymous", "stranger", "staff")


class World:
    """A hidden dataset and those who may not (and one who may) know of it."""

    def __init__(self, folder):
        self.unit = f.unit("amt")
        self.steward = f.editor_of(self.unit)
        self.group = f.act("group_create", name="thema", title="Thema")
        made = f.harvested(
            self.unit, folder, f"name\n{CANARY}\n", title=CANARY, notes=CANARY, name=NAME,
            tags=[{"name": CANARY}],
        )  # fmt: skip
        self.id, self.resource = made["id"], made["resources"]["csv"]
        f.act("resource_patch", id=self.resource, name=CANARY, description=CANARY, format=CANARY)
        f.act("member_create", id=self.group["id"], object=self.id, object_type="package", capacity="public")
        f.act("datastore_create", resource_id=self.resource, force=True,
              fields=[{"id": CANARY, "type": "text"}], records=[{CANARY: CANARY}])  # fmt: skip
        self.series = f.act("resource_create", package_id=self.id, name=CANARY, url="x", url_type="datastore")["id"]
        timeseries.ensure_table(self.series, [{"id": "value", "type": "numeric"}, {"id": "value_text", "type": "text"}])
        told = timeseries.Stream(stream=CANARY, name=CANARY, thing=CANARY, property="Wasserstand", unit="cm", lon=8.0, lat=52.0)
        timeseries.describe_streams(self.series, [told])
        timeseries.write_rows(self.series, [[CANARY, "2026-03-01T00:00:00Z", 1, CANARY]], ["stream", "time", "value", "value_text"])
        f.act("inventory_record_patch", id=self.id, source_system=CANARY, confidentiality="high")
        package = model.Package.get(self.id)
        package.creator_user_id = self.steward["id"]
        model.Session.commit()
        access.reindex([self.id])
        # any of these words in an answer tells of it
        self.secrets = [CANARY.lower(), self.id, self.resource, self.series, NAME]
        # something to look at, so that an empty answer is not empty for another reason
        self.public = f.published_dataset(f.unit("offen"), tags=[{"name": "offen"}])
        self.people = {"anonymous": None, "stranger": f.user(), "staff": f.editor_of(f.unit("anderes")), "editor": self.steward}
        self.headers = {
            name: {"Authorization": f.act("api_token_create", user=person["name"], name="t")["token"]} if person else {}
            for name, person in self.people.items()
        }

    def fill(self, value):
        """A way with the names of this world in it."""
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, str):
            return value
        names = {"ID": self.id, "RESOURCE": self.resource, "UNIT": self.unit["name"], "UNIT_ID": self.unit["id"],
                 "USER": self.steward["name"], "NAME": NAME, "SERIES": self.series, "OFFEN": self.public["id"]}  # fmt: skip
        for key, name in names.items():
            value = value.replace(f"<{key}>", name)
        return value


@pytest.fixture
def world(request, with_plugins, reset_db, reset_index, tmp_path_factory):
    """Made once for this file: its tests only read."""
    if not hasattr(request.module, "_made"):
        reset_db()
        reset_index()
        request.module._made = World(tmp_path_factory.mktemp("leck"))
    return request.module._made


# way → (action, data, whether the unit's editor meets the word by it)
ACTIONS = {
    "members": ("member_list", {"id": "<UNIT_ID>", "object_type": "package"}, False),
    "members of a group": ("member_list", {"id": "thema", "object_type": "package"}, False),
    "tags": ("tag_list", {}, True),
    "tags by query": ("tag_list", {"query": CANARY[:4]}, True),
    "tags, all fields": ("tag_list", {"all_fields": True}, True),
    "tag": ("tag_show", {"id": CANARY}, True),
    "tag with datasets": ("tag_show", {"id": CANARY, "include_datasets": True}, True),
    "tag search": ("tag_search", {"query": CANARY[:4]}, True),
    "tag autocomplete": ("tag_autocomplete", {"query": CANARY[:4]}, True),
    "formats": ("format_autocomplete", {"q": CANARY[:4]}, True),
    "resource search": ("resource_search", {"query": f"name:{CANARY}"}, False),
    "resource search by format": ("resource_search", {"query": f"format:{CANARY}"}, False),
    "resource search by description": ("resource_search", {"query": ["description:vogel", "name:Leck"]}, False),
    "package autocomplete": ("package_autocomplete", {"q": CANARY[:4]}, True),
    "package list": ("package_list", {}, False),
    "packages with resources": ("current_package_list_with_resources", {}, False),
    "tables": ("datastore_search", {"resource_id": "_table_metadata"}, False),
    "tables by name": ("datastore_search", {"resource_id": "_table_metadata", "filters": {"name": "<RESOURCE>"}}, False),
    "table info": ("datastore_info", {"id": "<RESOURCE>"}, True),
    "rows": ("datastore_search", {"resource_id": "<RESOURCE>"}, True),
    "series": ("timeseries_streams", {"dataset": "<ID>"}, True),
    "latest values": ("timeseries_latest", {"resource_id": "<SERIES>"}, True),
    "values": ("timeseries_query", {"dataset": "<NAME>"}, True),
    "days": ("timeseries_query", {"dataset": "<ID>", "interval": "1d", "streams": [CANARY]}, True),
    "values of a property": ("timeseries_query", {"property": "water_level"}, True),
    "series of a property": ("timeseries_streams", {"property": "water_level"}, True),
    "rows of a series": ("datastore_search", {"resource_id": "<SERIES>"}, True),
    "waiting rows": ("timeseries_waiting_show", {"resource_id": "<SERIES>"}, False),
    "rows by SQL": ("datastore_search_sql", {"sql": 'SELECT * FROM "<RESOURCE>"'}, False),
    "unit": ("organization_show", {"id": "<UNIT>", "include_datasets": True}, True),
    "unit's count": ("organization_show", {"id": "<UNIT>", "include_dataset_count": True}, False),
    "units": ("organization_list", {"all_fields": True, "include_dataset_count": True, "include_groups": True}, False),
    "group": ("group_show", {"id": "thema", "include_datasets": True}, False),
    "group's packages": ("group_package_show", {"id": "thema"}, False),
    "user": ("user_show", {"id": "<USER>", "include_datasets": True}, True),
    "package": ("package_show", {"id": "<ID>"}, True),
    "package by name": ("package_show", {"id": "<NAME>"}, True),
    "resource": ("resource_show", {"id": "<RESOURCE>"}, True),
    "views": ("resource_view_list", {"id": "<RESOURCE>"}, False),
    "followers": ("dataset_follower_count", {"id": "<ID>"}, False),
    "relationships": ("package_relationships_list", {"id": "<ID>"}, False),
    "RDF": ("dcat_dataset_show", {"id": "<ID>"}, True),
    "catalogue": ("dcat_catalog_show", {"q": CANARY}, False),
    "inventory": ("inventory_record_show", {"id": "<ID>"}, True),
    "review": ("review_show", {"package_id": "<ID>"}, False),
    "reviews": ("review_list", {}, False),
    "revision": ("review_revision_show", {"package_id": "<ID>"}, False),
    "autocomplete of units": ("organization_autocomplete", {"q": CANARY[:4]}, False),
    "activity": ("package_activity_list", {"id": "<ID>"}, False),
    "dashboard": ("dashboard_activity_list", {}, False),
    "recent": ("recently_changed_packages_activity_list", {}, False),
}


def result_of(answer):
    """What an API answer tells: its result or its error, as text in small letters; empty where it is no JSON."""
    if answer.status_code != 200 and not answer.is_json:
        return ""
    said = answer.json
    told = said.get("result", said.get("error")) if isinstance(said, dict) else said
    return json.dumps(told, ensure_ascii=False).lower()


def test_actions_tell_nothing(world, app):
    problems = []
    for way, (action, given, control) in ACTIONS.items():
        data = world.fill(given)
        for reader in READERS:
            answer = app.post(f"/api/3/action/{action}", json=data, headers=world.headers[reader])
            told = result_of(answer)
            if answer.status_code >= 500 or any(word in told for word in world.secrets):
                problems.append((way, reader, answer.status_code, told[:300]))
        if control:
            told = result_of(app.post(f"/api/3/action/{action}", json=data, headers=world.headers["editor"]))
            if not any(word in told for word in world.secrets):
                problems.append((way, "the editor misses it", told[:300]))
    assert problems == []


def test_counts_do_not_tell(world):
    """A unit, a group and a person with hidden datasets only have none, for those who may not know."""
    for reader in READERS:
        person = world.people[reader]
        name = person["name"] if person else ""
        assert f.act("organization_show", name, id=world.unit["id"], include_dataset_count=True)["package_count"] == 0
        assert f.act("group_show", name, id="thema", include_dataset_count=True)["package_count"] == 0
        listed = f.act("organization_list", name, all_fields=True, include_dataset_count=True)
        assert next(item for item in listed if item["id"] == world.unit["id"])["package_count"] == 0
        listed = f.act("group_list", name, all_fields=True, include_dataset_count=True)
        assert next(item for item in listed if item["name"] == "thema")["package_count"] == 0
        if name:
            assert not f.act("user_show", name, id=world.steward["name"]).get("number_created_packages")


# what somebody might write into a search


SEARCHES = {
    "plain": {"q": CANARY},
    "everything": {"q": "*:*", "include_private": True, "include_drafts": True, "include_deleted": True},
    "field": {"q": f"title:{CANARY}", "include_private": True},
    "wildcard": {"q": f"{CANARY[:4]}*", "include_private": True},
    "tag": {"fq": f"tags:{CANARY}", "include_private": True},
    "state": {"fq": "+state:*", "include_private": True},
    "states": {"fq": "state:(active OR draft OR deleted)", "include_private": True},
    "capacity": {"fq": "capacity:private", "include_private": True},
    "capacity or all": {"fq": "capacity:private OR *:*"},
    "labels": {"fq": 'permission_labels:("edit-<UNIT_ID>" OR "edit-all")', "include_private": True},
    "labels, closed early": {"fq": 'x) OR permission_labels:("edit-<UNIT_ID>"', "include_private": True},
    "site": {"fq": "site_id:* OR entity_type:package", "include_private": True},
    "list of filters": {"fq_list": ["capacity:private", "*:*"], "include_private": True},
    "local parameters": {"q": "{!lucene}*:*"},
    "local parameters in the filter": {"fq": "{!lucene v='*:*'}"},
    "local parameters in the list": {"fq_list": ["{!bool should='*:*'}"]},
    "local parameters, later": {"q": f"offen OR _query_:\"{{!lucene}}title:{CANARY}\""},
    "join": {"q": "{!join from=site_id to=site_id}title:" + CANARY},
    "join in the filter": {"fq": "{!join from=entity_type to=entity_type v='title:" + CANARY + "'}"},
    "magic field": {"q": f"_val_:\"docfreq(title,'{CANARY.lower()}')\""},
    "escaped magic field": {"q": "_q\\uery_:\"{!lucene}*:*\""},
    "parser": {"q": "*:*", "defType": "lucene", "include_private": True},
    "fields": {"q": "*:*", "fl": "*", "include_private": True},
    "fields without id": {"q": "*:*", "fl": "title,res_url,data_dict", "include_private": True},
    "field of functions": {"q": "*:*", "fl": f"id,x:docfreq(title,'{CANARY.lower()}')"},
    "query fields": {"q": CANARY, "qf": "title^9 res_url text", "include_private": True},
    "range": {"q": f"title:[{CANARY[:4].lower()} TO *]", "include_private": True},
    "fuzzy": {"q": "Leckvagel~2", "include_private": True},
}


def test_searches_tell_nothing(world, app):
    problems = []
    facets = ["tags", "res_format", "organization", "groups", "title_string", "name"]
    for way, given in SEARCHES.items():
        data = {"facet.field": facets, **world.fill(given)}
        for reader in READERS:
            answer = app.post("/api/3/action/package_search", json=data, headers=world.headers[reader])
            told = result_of(answer) if answer.status_code == 200 else ""
            count = answer.json["result"]["count"] if told else 0
            if answer.status_code not in (200, 400, 403, 409) or count > 1 or any(word in told for word in world.secrets):
                problems.append((way, reader, answer.status_code, count, told[:300]))
    assert problems == []


FUNCTIONS = [
    {"bf": "docfreq(WHERE,'WORD')", "fl": "id,score"},
    {"bf": ["docfreq(WHERE,'WORD')"], "fl": "id,score"},
    {"boost": "sum(1,docfreq(WHERE,'WORD'))", "fl": "id,score", "defType": "edismax"},
    {"boost": "sum(1,docfreq(WHERE,'WORD'))", "fl": ["id", "score"], "defType": "edismax", "q": "offen"},
    {"sort": "docfreq(WHERE,'WORD') desc, score desc", "fl": "id,score"},
    {"sort": "if(docfreq(WHERE,'WORD'),metadata_created,metadata_modified) asc"},
    {"sort": "mul(-1,totaltermfreq(WHERE,'WORD')) asc", "fl": "id,score"},
    {"fl": "id,x:docfreq(WHERE,'WORD')"},
    {"fl": ["id", "docfreq(WHERE,'WORD')"]},
]


def test_functions_do_not_count_hidden_words(world, app):
    """How often a word stands in the whole index is a function in Solr: a hidden word and none answer alike."""

    def ask(data, where, word):
        filled = json.loads(json.dumps({"q": "Datensatz", **data}).replace("WORD", word).replace("WHERE", where))
        answer = app.post("/api/3/action/package_search", json=filled)
        assert answer.status_code in (200, 400, 403, 409), answer.text
        return answer.status_code, result_of(answer).replace(word.lower(), "")

    for data in FUNCTIONS:
        for where in ("text", "tags", "title"):
            for word in (CANARY, CANARY.lower()):
                assert ask(data, where, word) == ask(data, where, "Keinvogel"), data


ADDRESSES = [
    *({"facet.field": [field]} for field in INNER),
    *({"facet.field": json.dumps([field])} for field in INNER),
    *({"fl": field} for field in INNER),
    *({"fl": [field, "id"]} for field in INNER),
    {"fl": "title," + ",".join(INNER)},
    {"fl": "*"},
    {"fl": "per*,res*,da*,val*"},
    {"facet.field": ["{!key=title}res_url"]},
]
# by these somebody who guesses would find the address, letter by letter
GUESSES = [
    {"q": "res_url:*geheimpfad*"},
    {"q": "geheimpfad"},
    {"fq": "urls:*geheimpfad*"},
    {"fq": "text:geheimpfad"},
    {"q": "geheimpfad", "qf": "res_url urls text"},
    {"fq": "res_extras_hash:geheimpfad"},
    {"fq": 'permission_labels:"dataspace-<SPACE>"'},
    {"fq": 'permission\\_labels:"dataspace-<SPACE>"'},
    {"fq_list": ['per\\mission_labels:"dataspace-<SPACE>"']},
]


def test_the_index_gives_no_addresses(world, app):
    """Staff of other units see entries: what they are, not where the files lie nor who else may read them."""
    unit = f.unit("adresse")
    made = f.dataset(unit)
    f.act("resource_create", package_id=made["id"], url="https://intern.example.org/geheimpfad.csv", name="x", hash="geheimpfad")
    space = f.act("dataspace_create", name=f"raum-{made['name']}", title="Raum", purpose="Test", owner_org=unit["id"])
    f.act("dataspace_dataset_add", dataspace=space["id"], package_id=made["id"])
    problems = []

    def ask(data):
        filled = json.loads(json.dumps({"q": "*:*", "include_private": True, **data}).replace("<SPACE>", space["id"]))
        answer = app.post("/api/3/action/package_search", json=filled, headers=world.headers["staff"])
        assert answer.status_code in (200, 400, 409), answer.text
        return answer

    assert made["id"] in ask({}).text
    for data in ADDRESSES:
        told = result_of(ask(data))
        problems += [(data, secret) for secret in ("geheimpfad", space["id"], f"edit-{unit['id']}") if secret in told]
    for data in GUESSES:
        answer = ask(data)
        if answer.status_code == 200 and answer.json["result"]["count"]:
            problems.append((data, "guessed"))
    f.act("dataset_purge", id=made["id"])
    assert problems == []


def test_addresses_are_found_once_they_are_public(world):
    made = f.published_dataset(f.unit(), resources=[{"url": "https://offen.example.org/wegweiser.csv", "name": "x"}])
    assert f.anonymous("package_search", q="res_url:*wegweiser*")["count"] == 1
    f.act("review_withdraw", package_id=made["id"], reason="Fehler")
    assert f.act("package_search", q="res_url:*wegweiser*", include_private=True)["count"] == 0


# pages

PAGES = [
    "/", "/dataset/", f"/dataset/?q={CANARY}", f"/dataset/?tags={CANARY}", f"/dataset/?res_format={CANARY}",
    "/dataset/?fq=%2Bstate:*", "/dataset/?sort=title_string+asc", "/dataset/<NAME>", "/dataset/<ID>",
    "/dataset/<ID>.ttl", "/dataset/<ID>.jsonld", "/dataset/<ID>/resource/<RESOURCE>",
    "/dataset/<ID>/resource/<RESOURCE>/download/baeume.csv", "/dataset/groups/<ID>", "/dataset/followers/<ID>",
    "/dataset/activity/<ID>", "/dataset/edit/<ID>", "/dataset/resources/<ID>", "/dataset/<ID>/einreichen",
    "/organization/", "/organization/<UNIT>", f"/organization/<UNIT>?q={CANARY}", "/organization/about/<UNIT>",
    "/organization/members/<UNIT>", "/organization/bulk_process/<UNIT>", "/organization/activity/<UNIT>",
    "/group/", "/group/thema", "/group/about/thema", "/group/activity/thema",
    "/user/<USER>", "/user/activity/<USER>", "/dashboard", "/dashboard/datasets", "/dashboard/activity",
    "/feeds/dataset.atom", "/feeds/organization/<UNIT>.atom", "/feeds/group/thema.atom", f"/feeds/tag/{CANARY}.atom",
    f"/feeds/custom.atom?q={CANARY}", "/feeds/custom.atom?fq=capacity:private", "/feeds/custom.atom?q=*:*&state=*",
    "/catalog.ttl", "/catalog.xml", "/catalog.jsonld", f"/catalog.ttl?q={CANARY}", "/catalog.ttl?fq=capacity:private",
    f"/catalog.ttl?fq={quote('+state:*')}", f"/catalog.xml?fq={quote('permission_labels:edit-<UNIT_ID>')}",
    "/datastore/dump/<RESOURCE>", "/datastore/dump/_table_metadata", "/datastore/dictionary_download/<RESOURCE>",
    f"/api/2/util/dataset/autocomplete?incomplete={CANARY[:4]}", f"/api/2/util/tag/autocomplete?incomplete={CANARY[:4]}",
    f"/api/2/util/resource/format_autocomplete?incomplete={CANARY[:4]}",
    f"/api/3/action/package_search?q={CANARY}", f"/api/3/action/tag_list?query={CANARY[:4]}",
    *(f"/api/daten/v1/<{name}>/{what}" for name in ("ID", "NAME") for what in ("streams", "latest.geojson", "observations.csv", "live")),
    "/api/daten/v1/observations?property=water_level", "/api/daten/v1/latest.csv?property=water_level", "/datastore/dump/<SERIES>",
    "/gremium", "/sitemap.xml", "/robots.txt", "/harvest", "/tag/", f"/tag/{CANARY}",
]  # fmt: skip


def test_pages_tell_nothing(world, app):
    problems = []
    for pattern in PAGES:
        path = world.fill(pattern)
        # what one asks with stands in the answer's form and addresses; then the dataset's id and name betray it
        words = [word for word in world.secrets if word not in path.lower()]
        for reader in READERS:
            answer = app.get(path, headers=world.headers[reader], follow_redirects=False)
            text = answer.text.lower() if answer.status_code == 200 else ""
            told = [word for word in words if word in text]
            known = answer.status_code == 200 and ("<ID>" in pattern or "<NAME>" in pattern)
            if answer.status_code >= 500 or told or known:
                problems.append((path, reader, answer.status_code, told))
    assert problems == []


def test_hidden_and_missing_pages_answer_alike(world, app):
    """A page of a hidden dataset is not to be told from one of a dataset that never was."""
    never = "00000000-0000-0000-0000-000000000000"
    for path in ("/dataset/{}", "/dataset/{}.ttl", "/dataset/groups/{}", "/dataset/{}/resource/<RESOURCE>", "/dataset/edit/{}"):
        for reader in READERS:
            codes = {
                app.get(world.fill(path.format(name)), headers=world.headers[reader], follow_redirects=False).status_code
                for name in (world.id, NAME, never)
            }
            assert len(codes) == 1, (path, reader, codes)
            assert codes <= {404, 302, 403}, (path, reader, codes)


def test_who_may_know_still_finds_it(world):
    """The other side: all of this is there for the unit."""
    name = world.steward["name"]
    assert f.act("package_search", name, q=CANARY, include_private=True)["count"] == 1
    assert (world.id, "package") in [item[:2] for item in f.act("member_list", name, id=world.unit["id"])]
    with pytest.raises(tk.ObjectNotFound):
        f.anonymous("package_show", id=world.id)
