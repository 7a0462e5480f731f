"""The bulk path gives what the single actions give: in the database, in the API, in the index; and never more."""

from __future__ import annotations

import io
from typing import Any

import ckan.lib.search as ckan_search
import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.lib.search.common import make_connection
from werkzeug.datastructures import FileStorage

from ckanext.datenplattform.inventory import import_jobs, indexing
from ckanext.datenplattform.inventory.model import InventoryRecord
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")

# what differs because it is another dataset, made at another moment
OWN = {"id", "name", "metadata_created", "metadata_modified", "tags", "indexed_ts", "index_id", "_version_", "timestamp", "name_ngram"}
COLUMNS = {
    "Titel": "Baumkataster", "Beschreibung": "Alle Bäume.", "Kategorien": "Umwelt", "Schlagwörter": "Bäume, Grün",
    "Lizenz": "dl-de/by-2-0", "Wie oft aktualisiert": "ANNUAL", "Zeitraum von": "01.01.1998", "Ansprechstelle": "Servicestelle",
    "Ort": "Innenstadt", "Verantwortliche Funktion": "Baumkontrolle", "Personenbezug": "none",
    "Schutzbedarf: Vertraulichkeit": "normal",
}  # fmt: skip


def upload(rows: list[dict[str, str]], name: str = "liste.csv") -> FileStorage:
    """A CSV file as it comes from a form."""
    heads = list(dict.fromkeys(head for row in rows for head in row))
    lines = [";".join(heads), *(";".join('"{}"'.format(row.get(head, "").replace('"', '""')) for head in heads) for row in rows)]
    return FileStorage(io.BytesIO("\r\n".join(lines).encode()), filename=name)


def load(rows: list[dict[str, str]], as_user: str | None = None, **more: Any) -> dict[str, Any]:
    """Import rows."""
    return f.act("inventory_import", as_user, upload=upload(rows), **more)


def solr(package_id: str) -> dict[str, Any]:
    """What the index holds of a dataset."""
    [found] = make_connection().search(f'id:"{package_id}"', rows=1).docs
    return found


def test_the_same_as_one_by_one(unit, editor):
    load([{**COLUMNS, "Schlüssel": "1", "Zuständige Stelle": unit["title"]}], editor)
    bulk = model.Session.query(InventoryRecord).filter_by(remote_id="1").one().package_id
    single = f.act(
        "inventory_record_create", editor, title="Baumkataster", unit=unit["id"], notes="Alle Bäume.",
        responsible_function="Baumkontrolle", personal_data="none", confidentiality="normal",
    )["id"]  # fmt: skip
    f.act(
        "package_patch", editor, id=single, theme=["ENVI"], tag_string="Bäume,Grün", license_id="dl-de/by-2-0", frequency="ANNUAL",
        temporal_coverage=[{"start": "1998-01-01"}], contact=[{"name": "Servicestelle"}], spatial_coverage=[{"text": "Innenstadt"}],
    )  # fmt: skip
    shown = [f.act("package_show", editor, id=package_id) for package_id in (bulk, single)]
    assert {tag["name"] for tag in shown[0]["tags"]} == {"Bäume", "Grün"}
    left, right = ({key: value for key, value in item.items() if key not in OWN} for item in shown)
    assert left == right
    assert left["private"] is True
    assert left["creator_user_id"] == model.User.get(editor).id
    # search finds both, and the index says the same of both
    assert f.act("package_search", editor, include_private=True, q="Baumkataster")["count"] == 2
    documents = [{key: value for key, value in solr(item).items() if key not in OWN | {"data_dict", "validated_data_dict"}}
                 for item in (bulk, single)]  # fmt: skip
    assert documents[0] == documents[1]
    record = [f.act("inventory_record_show", editor, id=package_id) for package_id in (bulk, single)]
    own = {"id", "name", "created", "modified", "source", "remote_id"}
    assert {k: v for k, v in record[0].items() if k not in own} == {k: v for k, v in record[1].items() if k not in own}
    # the record's own: the single dataset has been changed once more
    history = [
        sorted(
            (item["field"], item["after"], item["by"])
            for item in f.act("inventory_record_history", editor, id=package_id) if item["field"] in record[0]
            and item["field"] not in shown[0]
        )
        for package_id in (bulk, single)
    ]  # fmt: skip
    assert history[0] == history[1]
    members = [model.Session.query(model.Member).filter_by(table_id=item, state="active").all() for item in (bulk, single)]
    assert [[(m.group_id, m.capacity) for m in found] for found in members] == [[(unit["id"], "organization")]] * 2


def test_the_documents_are_those_of_ckan(unit, tmp_path):
    """Also for datasets with files, published or not."""
    ids = [f.harvested(unit, tmp_path)["id"], f.published_dataset(unit, tmp_path, title="Öffentlich")["id"]]
    before = {package_id: solr(package_id) for package_id in ids}
    ckan_search.clear_all()
    indexing.index_many(ids, lambda _done: None)
    for package_id in ids:
        after = solr(package_id)
        changing = {"indexed_ts", "_version_", "timestamp"}
        assert {k: v for k, v in after.items() if k not in changing} == {k: v for k, v in before[package_id].items() if k not in changing}


def test_a_confidential_row_is_hidden_from_the_first_moment(unit, editor):
    other = f.editor_of(f.unit())["name"]
    load([{"Titel": "Geheimsache", "Zuständige Stelle": unit["name"], "Schutzbedarf: Vertraulichkeit": "hoch"}], editor)
    assert f.act("package_search", editor, include_private=True, q="Geheimsache")["count"] == 1
    assert f.act("package_search", other, include_private=True, q="Geheimsache")["count"] == 0
    package_id = model.Session.query(model.Package).filter_by(title="Geheimsache").one().id
    with pytest.raises(tk.ObjectNotFound):
        f.act("package_show", other, id=package_id)


def test_whoever_imports_does_not_vote_about_it(unit, editor):
    load([{"Titel": "A", "Zuständige Stelle": unit["name"]}], editor)
    from ckanext.datenplattform.review.model import Editor

    assert [item.user_id for item in model.Session.query(Editor)] == [model.User.get(editor).id]


def test_killed_between_commit_and_index_goes_on_with_the_index(unit, editor, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*_arguments: Any) -> None:
        raise Killed

    row = import_jobs.create(upload([{"Titel": "Ulme", "Zuständige Stelle": unit["name"]}]).read(), "x.csv",
                             model.User.get(editor).id, "de", "queued")  # fmt: skip
    import_id = row.id
    monkeypatch.setattr(import_jobs.indexing, "index_many", killed)
    with pytest.raises(Killed):
        import_jobs.run(import_id)
    model.Session.rollback()
    assert f.act("inventory_import_show", editor, id=import_id)["state"] == "indexing"
    assert f.act("package_search", editor, include_private=True, q="Ulme")["count"] == 0
    monkeypatch.undo()
    import_jobs.run(import_id)
    assert f.act("inventory_import_show", editor, id=import_id)["state"] == "done"
    assert f.act("package_search", editor, include_private=True, q="Ulme")["count"] == 1


def test_many_changes_in_one_transaction(unit, editor):
    rows = [{"Titel": f"Nummer {number}", "Zuständige Stelle": unit["name"], "Schlüssel": str(number)} for number in range(30)]
    load(rows, editor)
    found = load([{**row, "Beschreibung": "Neu", "Vertretung": "Leitung"} for row in rows], editor)
    assert found["report"]["counts"] == {"create": 0, "change": 30, "same": 0, "problems": 0}
    shown = f.act("package_search", editor, include_private=True, q="Neu", rows=50)
    assert shown["count"] == 30
