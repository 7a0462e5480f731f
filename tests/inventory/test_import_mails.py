"""Who uploaded a spreadsheet learns by mail when it is done in the background: once, numbers and a link alone."""

from __future__ import annotations

import logging
from typing import Any

import ckan.lib.jobs as jobs
import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from rq import SimpleWorker

from ckanext.datenplattform.inventory import import_jobs, import_mails, mails
from ckanext.datenplattform.inventory.model_imports import InventoryImport
from tests import factories as f

from .mailbox import Mailbox, mailbox  # noqa: F401
from .test_bulk import load, upload
from .test_import import row

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def unit():
    jobs.get_queue().empty()
    return f.unit()


@pytest.fixture
def editor(unit):
    return f.editor_of(unit)


def work() -> None:
    """Do what waits in the queue, as the worker does."""
    queue = jobs.get_queue()
    SimpleWorker([queue], connection=queue.connection).work(burst=True)
    model.Session.rollback()
    model.Session.expire_all()


def confirmed(rows: Any, editor: Any) -> str:
    """An import that was checked and agreed to; it waits for a worker."""
    found = f.act("inventory_import", editor["name"], upload=upload(rows, "KANARIE.csv"), background=True)
    work()
    f.act("inventory_import_confirm", editor["name"], id=found["id"])
    return found["id"]


def test_done_once_with_numbers_and_a_link(unit, editor, mailbox: Mailbox, caplog):
    id = confirmed([row(unit, "KANARIE"), row(unit, "KANARIE 2")], editor)
    assert mailbox.take() == []
    with caplog.at_level(logging.INFO):
        work()
    [letter] = mailbox.take()
    assert (letter.to, letter.subject) == (editor["email"], "Ihr Import ist fertig")
    assert "Neu: 2, geändert: 0, unverändert: 0." in letter.text
    assert f"/inventar/import/{id}" in letter.text
    assert "KANARIE" not in letter.text + letter.subject
    assert not [entry for entry in caplog.records if entry.name != "mail.log" and editor["email"] in entry.getMessage()]
    # the job comes again, because its worker was killed
    import_jobs.run(id)
    import_mails.ended_job(id)
    work()
    assert mailbox.take() == []


def test_refused_at_the_end_or_broken_off(unit, editor, mailbox: Mailbox):
    id = confirmed([row(unit, "X")], editor)
    # the person may no longer write there: the last look finds it
    f.act("member_create", id=unit["id"], object=editor["name"], object_type="user", capacity="member")
    work()
    assert model.Session.get_one(InventoryImport, id).state == "refused"
    assert mailbox.take() == [], "nobody hears of an import that they may not see"
    f.act("member_create", id=unit["id"], object=editor["name"], object_type="user", capacity="editor")
    id = confirmed([row(unit, "Doppelt", Schlüssel="1")], editor)
    model.Session.get_one(InventoryImport, id).attempts = import_jobs.MOST_ATTEMPTS
    model.Session.commit()
    work()
    [letter] = mailbox.take()
    assert letter.subject == "Ihr Import wurde nicht ausgeführt"
    assert "Es wurde nichts gespeichert" in letter.text
    assert "Gefundene Fehler: 1." in letter.text


def test_no_mail_for_what_the_person_looks_at(unit, editor, mailbox: Mailbox):
    load([row(unit, "Sofort")], editor["name"])
    load([row(unit, "Probe")], editor["name"], dry_run=True)
    wrong = f.act("inventory_import", editor["name"], upload=upload([{"Titel": "ohne"}]), background=True)
    thrown = f.act("inventory_import", editor["name"], upload=upload([row(unit, "Weg")]), background=True)
    work()
    f.act("inventory_import_cancel", editor["name"], id=thrown["id"])
    work()
    assert f.act("inventory_import_show", editor["name"], id=wrong["id"])["state"] == "refused"
    assert mailbox.take() == []


def test_a_mail_server_that_is_away_and_a_lost_job_lose_nothing(unit, editor, mailbox: Mailbox, monkeypatch):
    mailbox.refuses = True
    id = confirmed([row(unit, "X")], editor)
    work()
    model.Session.rollback()
    assert f.act("inventory_import_show", editor["name"], id=id)["state"] == "done"
    with pytest.raises(mails.NotSent):
        import_mails.ended_job(id)
    mailbox.refuses = False
    jobs.get_queue().empty()
    # Redis has forgotten; the next import of anybody brings it back, after some time
    model.Session.rollback()
    other = f.editor_of(unit)
    f.act("inventory_import", other["name"], upload=upload([row(unit, "Y")]), background=True)
    work()
    assert mailbox.take() == []
    model.Session.get_one(InventoryImport, id).ended -= 2 * import_jobs.QUIET
    model.Session.commit()
    f.act("inventory_import", other["name"], upload=upload([row(unit, "Y")]), background=True)
    work()
    assert [letter.to for letter in mailbox.take()] == [editor["email"]]
    # a portal without mails
    monkeypatch.setitem(tk.config, "smtp.server", "")
    id = confirmed([row(unit, "Z")], editor)
    work()
    assert f.act("inventory_import_show", editor["name"], id=id)["state"] == "done"
    assert jobs.get_queue().jobs == []
