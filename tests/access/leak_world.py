"""One dataset in each state, each with words that stand nowhere else; and one person of each kind who reads."""

from __future__ import annotations

import json

import ckan.model as model

from ckanext.datenplattform.timeseries import shared as timeseries
from ckanext.datenplattform.timeseries.info import stations
from tests import factories as f

# the table of docs/architecture; in review/test_matrix each state stands alone
STATES = ("draft", "internal", "confidential", "in_review", "refused", "withdrawn", "deleted", "published", "pending_revision")
READERS = ("anonymous", "staff", "editor", "board", "dataspace", "harvest key")
NEVER = "00000000-0000-0000-0000-000000000000"


def words(state):
    """{level from which on it may be met: word}; letters only, so that no analyser of the index splits them."""
    stem = "kanari" + state.replace("_", "")
    return {"entry": f"{stem}kopf", "data": f"{stem}datei", "all": f"{stem}akte", "revision": f"{stem}fassung"}


class LeakWorld:
    """What the ways are tried on."""

    def __init__(self, folder):
        self.folder = folder
        self.unit = f.unit("amt")
        self.members = f.board()
        self.steward = f.editor_of(self.unit)
        self.group = f.act("group_create", name="thema", title="Thema")
        self.space = f.act("dataspace_create", name="raum", title="Raum", purpose="Test", owner_org=self.unit["id"])
        partner = f.unit("partner", extras=[{"key": "kind", "value": "outside"}])
        f.act("dataspace_member_add", dataspace="raum", organization=partner["id"])
        self.people = {
            "anonymous": None, "staff": f.editor_of(f.unit("anderes")), "editor": self.steward, "board": self.members[0],
            "dataspace": f.editor_of(partner, "member"), "harvest key": f.sysadmin(),
        }  # fmt: skip
        self.headers = {name: self._headers(name, person) for name, person in self.people.items()}
        self.names = {state: self._made(state) for state in STATES}
        package = {state: model.Package.get(names["ID"]) for state, names in self.names.items()}
        for state in STATES:
            package[state].creator_user_id = self.steward["id"]
        model.Session.commit()

    @staticmethod
    def _headers(name, person):
        if person is None:
            return {}
        scope = "harvest" if name == "harvest key" else "all"
        return {"Authorization": f.act("api_token_create", user=person["name"], name="t", scope=scope)["token"]}

    def _made(self, state):
        """The names of a state's dataset, for the ways."""
        word = words(state)
        file = self.folder / f"{word['data']}.csv"
        file.write_text(f"nr,art\n1,{word['data']}\n")
        made = f.act(
            "inventory_dataset_upsert", source="import:test", remote_id=state,
            dataset={
                "title": word["entry"], "notes": word["entry"], "owner_org": self.unit["id"], "license_id": "dl-de/by-2-0",
                "tags": [{"name": word["entry"]}], "version": word["entry"],
                "resources": [{"key": "csv", "name": word["entry"], "description": word["entry"], "format": "CSV",
                               "url": file.name, "upload_path": str(file)}],
            },
            record={"responsible_function": word["all"], "source_system": word["all"], "personal_data": "none", "openness": "open"},
        )  # fmt: skip
        names = {"ID": made["id"], "RESOURCE": made["resources"]["csv"], "NAME": model.Package.get(made["id"]).name}
        rows = [{"nr": 1, "art": word["data"]}]
        fields = [{"id": "nr", "type": "int"}, {"id": "art", "type": "text"}]
        f.act("datastore_create", resource_id=names["RESOURCE"], force=True, fields=fields, records=rows)
        names["SERIES"], names["STATION"] = self._series(made["id"], word), stations.code(word["data"])
        names |= self._alert(names["SERIES"], word)
        f.act("member_create", id=self.group["id"], object=made["id"], object_type="package", capacity="public")
        f.act("dataspace_dataset_add", dataspace="raum", package_id=made["id"])
        view = f.act("resource_view_create", resource_id=names["RESOURCE"], view_type="text_view", title=word["data"])
        names["VIEW"] = view["id"]
        return {**names, **self._bring_to(state, made["id"], word)}

    @staticmethod
    def _series(package_id, word):
        """A resource with a measurement whose every name is a word of the state's data."""
        made = f.act("resource_create", package_id=package_id, name=word["entry"], url="x", url_type="datastore")["id"]
        timeseries.ensure_table(made, [{"id": "value", "type": "numeric"}, {"id": "value_text", "type": "text"}])
        secret = word["data"]
        told = timeseries.Stream(stream=secret, name=secret, thing=secret, property="Wasserstand", unit="cm", lon=8.0, lat=52.0)
        timeseries.describe_streams(made, [told])
        timeseries.write_rows(made, [[word["data"], "2026-03-01T00:00:00Z", 1, word["data"]]], ["stream", "time", "value", "value_text"])
        return made

    @staticmethod
    def _alert(series, word):
        """A rule for the measurement, which fails to come again."""
        asked = {"kind": "missing", "period": 60, "title": word["all"], "advice": word["all"]}
        rule = f.act("alert_rule_create", resource_id=series, stream=word["data"], **asked)
        return {"RULE": rule["id"], "ALERT": f.act("alert_list", dataset=rule["dataset"])[0]["id"]}

    def _bring_to(self, state, package_id, word):
        steward, found = self.steward["name"], {"CASE": NEVER, "REVISION": NEVER}
        if state in ("draft", "deleted"):
            f.act("package_patch", id=package_id, state=state)
        elif state == "confidential":
            f.act("inventory_record_patch", id=package_id, confidentiality="high")
        elif state != "internal":
            case = f.act("review_submit", steward, package_id=package_id, comment=word["all"])
            f.act("review_comment", self.members[4]["name"], case_id=case["id"], text=word["all"])
            choice = "refuse" if state == "refused" else "approve"
            grounds = {"interest": "business_secrets"} if state == "refused" else {}
            for member in self.members[: 0 if state == "in_review" else 3]:
                f.act("review_vote", member["name"], case_id=case["id"], vote=choice, reason=word["all"], **grounds)
            found["CASE"] = case["id"]
        if state == "withdrawn":
            f.act("review_withdraw", steward, package_id=package_id, reason=word["all"])
        if state == "pending_revision":
            dataset = {"notes": word["revision"], "tags": [{"name": word["revision"]}]}
            found["REVISION"] = f.act("review_revision_create", steward, package_id=package_id, dataset=dataset)["id"]
        return found

    def filled(self, value, names):
        """A way with the names of one dataset (and of this world) in it."""
        if not isinstance(value, str):
            return json.loads(self.filled(json.dumps(value), names))
        common = {"UNIT": self.unit["name"], "UNIT_ID": self.unit["id"], "USER": self.steward["name"], "SPACE": self.space["id"]}
        for key, name in {**common, **names}.items():
            value = value.replace(f"<{key}>", name)
        return value
