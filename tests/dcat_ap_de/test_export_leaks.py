"""What not everybody may see is in no export, no table of the export and no answer that differs, whoever asks.

A word of its own for each state, in title, description, keyword and file name.
"""

import gzip
import itertools
import re
from concurrent.futures import ThreadPoolExecutor

import ckan.lib.jobs as jobs
import ckan.model as model
import pytest
import sqlalchemy as sa

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.core import signals
from ckanext.datenplattform.core.cli import datenplattform
from ckanext.datenplattform.dcat_ap_de.export import pieces, rebuild
from ckanext.datenplattform.dcat_ap_de.export.formats import FORMATS

from .. import factories
from .test_export import public_dataset

pytestmark = pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")

TABLES = ("dp_dcat_piece", "dp_dcat_concept", "dp_dcat_state")


def filled(word, **more):
    resource = {"url": f"https://example.org/{word}.csv", "name": word, "description": word, "format": "CSV"}
    return {"title": word, "notes": word, "tags": [{"name": word}], "resources": [resource], "version": word, **more}


def draft(unit):
    return factories.dataset(unit, **filled("Entwurfvogel", state="draft"))


def internal(unit):
    return factories.dataset(unit, **filled("Internvogel"))


def confidential(unit):
    made = factories.dataset(unit, **filled("Vertrautvogel"))
    factories.act("inventory_record_patch", id=made["id"], confidentiality="high")
    return made


def in_review(unit):
    made = factories.dataset(unit, **filled("Prüfvogel"))
    access.set_review_state(made["id"], "in_review", access.content_hash(made["id"]))
    model.Session.commit()
    return made


def dataspace(unit):
    made = factories.dataset(unit, **filled("Raumvogel"))
    space = factories.act("dataspace_create", name="raum", title="Raum", purpose="Test", owner_org=unit["id"])
    factories.act("dataspace_dataset_add", dataspace=space["name"], package_id=made["id"])
    return made


def withdrawn(unit):
    made = public_dataset(unit, **filled("Rückvogel"))
    for form in FORMATS.values():
        assert "Rückvogel" in pieces.texts(form, [made["id"]])[0].text
    access.unpublish(made["id"])
    model.Session.commit()
    signals.dataset_withdrawn.send(made["id"], user=None, reason="Fehler")
    return made


def deleted(unit):
    made = withdrawn(unit)
    factories.act("package_delete", id=made["id"])
    return made


def purged(unit):
    made = withdrawn(unit)
    factories.act("dataset_purge", id=made["id"])
    return made


STATES = (draft, internal, confidential, in_review, dataspace, withdrawn, deleted, purged)
WORD = re.compile(r"\w+vogel")


def everything(app, headers, *names):
    """All that the export gives: catalogues and the pages of the datasets and units named."""
    for ending in FORMATS:
        for path in ("/catalog.{}", "/catalog.{}?q=Vogel", "/catalog/full.{}", "/catalog/full.{}?modified_since=2020-01-01"):
            yield app.get(path.format(ending), headers=headers).text
        for name in names:
            yield app.get(f"/organization/{name}.{ending}", headers=headers).text
        yield gzip.decompress(app.get(f"/catalog/full.{ending}.gz", headers=headers).data).decode()


def without_token(page):
    """The page of an error without the token of its form, which changes each second."""
    return re.sub(r'content="[^"]+" />', "", page)


def tables():
    with model.Session.get_bind().connect() as at:
        return " ".join(str(row) for table in TABLES for row in at.execute(sa.text(f"SELECT * FROM {table}")))


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_what_is_hidden_is_in_no_export(app, state):
    unit = factories.unit("amt")
    editor = factories.editor_of(unit)
    made = state(unit)
    known = public_dataset(unit, title="Offen")
    people = (editor, factories.sysadmin())
    tokens = [factories.act("api_token_create", user=person["name"], name="t")["token"] for person in people]
    for headers in ({}, *({"Authorization": token} for token in tokens)):
        texts = list(everything(app, headers, unit["name"]))
        assert sum("Offen" in text for text in texts) >= 3 * len(FORMATS)
        for text in texts:
            assert not WORD.search(text.replace("q=Vogel", ""))
            assert made["id"] not in text
    for ending, key in itertools.product((*FORMATS, "rdf", "n3"), ("id", "name")):
        hidden, never = app.get(f"/dataset/{made[key]}.{ending}"), app.get(f"/dataset/gibt-es-nicht.{ending}")
        assert hidden.status_code == never.status_code == 404
        assert without_token(hidden.text).replace(made[key], "x") == without_token(never.text).replace("gibt-es-nicht", "x")
        assert set(hidden.headers.keys()) == set(never.headers.keys())
    assert known["id"] in tables()
    assert not WORD.search(tables())
    assert made["id"] not in tables()


def test_a_revision_that_waits_is_in_none(app):
    unit = factories.unit()
    editor = factories.editor_of(unit)
    live = public_dataset(unit, title="Alter Titel")
    factories.act("review_revision_create", editor["name"], package_id=live["id"], dataset={**live, "title": "Wartevogel"})
    for text in everything(app, {}, unit["name"]):
        assert "Wartevogel" not in text
    assert "Alter Titel" in app.get(f"/dataset/{live['id']}.ttl").text
    assert "Wartevogel" not in tables()


def test_a_withdrawal_counts_though_nobody_was_told(app):
    """The process died between the decision and the purge: the rows are still there, and nobody gets them."""
    unit = factories.unit()
    made = public_dataset(unit, **filled("Restvogel"))
    first = app.get("/catalog/full.ttl")
    assert "Restvogel" in first.text
    access.unpublish(made["id"])
    model.Session.commit()
    assert "Restvogel" in tables()
    for text in everything(app, {"If-None-Match": "W/\"x\""}, unit["name"]):
        assert "Restvogel" not in text
    again = app.get("/catalog/full.ttl", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, made["id"] in again.text) == (200, False)
    assert app.get(f"/dataset/{made['id']}.ttl").status_code == 404
    assert pieces.sweep() > 0
    assert "Restvogel" not in tables()


def test_what_is_withdrawn_while_it_is_written_does_not_stay(monkeypatch):
    made = public_dataset(factories.unit(), **filled("Zwischenvogel"))
    writer = pieces._writer

    def slow():
        # between reading and keeping, another process takes the dataset back
        access.unpublish(made["id"])
        model.Session.commit()
        pieces.drop([made["id"]])
        return writer()

    monkeypatch.setattr(pieces, "_writer", slow)
    pieces.texts(FORMATS["ttl"], [made["id"]])
    assert "Zwischenvogel" not in tables()


def test_a_published_dataset_is_written_in_the_background(app):
    app.get("/catalog/full.xml").text  # noqa: B018 - somebody fetches RDF/XML here
    public_dataset(factories.unit(), title="Vorher")
    app.get("/catalog/full.xml").text  # noqa: B018
    made = public_dataset(factories.unit(), title="Neuling")
    jobs.get_queue().empty()
    signals.dataset_published.send(made["id"], user=None)
    (job,) = jobs.get_queue().jobs
    job.perform()
    with model.Session.get_bind().connect() as at:
        query = sa.text("SELECT format FROM dp_dcat_piece WHERE package_id = :id")
        assert at.execute(query, {"id": made["id"]}).scalars().all() == ["xml"]


def test_two_rebuilds_do_not_meet_and_clean_up(app, cli):
    made = public_dataset(factories.unit(), title="Neu geschrieben")
    gone = public_dataset(factories.unit(), **filled("Müllvogel"))
    app.get("/catalog/full.ttl").text  # noqa: B018
    access.unpublish(gone["id"])
    model.Session.commit()
    with rebuild._alone() as first:
        assert first
        second = cli.invoke(datenplattform, ["dcat", "rebuild"])
        assert second.exit_code == 1
        assert "schon neu geschrieben" in second.output
        assert made["id"] in app.get("/catalog/full.nt").text
    done = cli.invoke(datenplattform, ["dcat", "rebuild", "--format", "ttl", "--format", "nt"])
    assert done.exit_code == 0
    assert "1 Datensätze" in done.output
    assert "Müllvogel" not in tables()
    with model.Session.get_bind().connect() as at:
        kept = at.execute(sa.text("SELECT package_id, format FROM dp_dcat_piece ORDER BY format")).all()
    assert [tuple(row) for row in kept] == [(made["id"], "nt"), (made["id"], "ttl")]


def test_two_at_once_write_the_same(app):
    """Two requests and a rebuild in threads: each whole, and the store in order."""
    unit = factories.unit()
    for number in range(4):
        public_dataset(unit, title=f"Datensatz {number}")

    def fetch(_number):
        return app.flask_app.test_client().get("/catalog/full.nt").text

    with ThreadPoolExecutor(3) as pool:
        texts = list(pool.map(fetch, range(2)))
        rebuilt = pool.submit(rebuild.rebuild, ["nt"], lambda *_told: None).result()
    assert texts[0] == texts[1]
    assert "# complete: 4" in texts[0]
    assert rebuilt == 4
    assert fetch(0) == texts[0]
