"""A mail to who uploaded a spreadsheet when its import, which ran in the background, has ended: numbers and a link.

That a mail is due is written in the transaction that ends the import, that it was sent in that of the mail: a killed worker
or a lost job neither forgets nor repeats it.
"""

from __future__ import annotations

from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from ..core.clock import utcnow
from ..core.i18n import N_, translate
from . import mails
from .model_imports import InventoryImport
from .people import Person

# what `InventoryImport.mail` says; None: nobody waits for a mail
WANTED, DUE, SENT = "wanted", "due", "sent"
# while nothing is written yet, the person looks at the page
LOOKED_AT = ("waiting", "checking", "checked")


def note_end(row: InventoryImport, state: str) -> bool:
    """Note that a mail is due now that the import ends in `state`; whether one is. The caller commits, then calls `ask`."""
    told = state in ("done", "failed") or (state == "refused" and row.state not in LOOKED_AT)
    if row.mail == WANTED and told:
        row.mail = DUE
    return bool(row.mail == DUE)


def ask(import_id: str) -> None:
    """Have the mail sent in the background."""
    mails.later(ended_job, import_id)


def ask_again(quiet: timedelta) -> None:
    """Ask for what is due and was not sent: Redis may forget. `quiet`: how long it is left to the first job."""
    row = InventoryImport
    query = select(row.id).where(row.mail == DUE, row.ended < utcnow() - quiet)
    ids = list(model.Session.execute(query).scalars())
    model.Session.rollback()
    for import_id in ids:
        ask(import_id)


def ended_job(import_id: str) -> None:
    """Background job: send the mail, once.

    :raises NotSent: the mail server did not take it; it stays due and the job is tried again
    """
    model.Session.rollback()
    row = model.Session.get(InventoryImport, import_id, populate_existing=True, with_for_update=True)
    if row is None or row.mail != DUE:
        model.Session.rollback()
        return
    person = _reader(row)
    # in this transaction: when the mail is not sent, it is not noted
    row.mail = SENT
    model.Session.flush()
    try:
        if person is not None:
            mails.send(person, *_text(row))
    except Exception:
        model.Session.rollback()
        raise
    model.Session.commit()


def _reader(row: InventoryImport) -> Person | None:
    """Who uploaded it, if he still sees it and has an address."""
    user = model.User.get(row.user_id)
    if user is None or user.state != model.State.ACTIVE or not user.email:
        return None
    try:
        tk.check_access("inventory_import_show", {"user": user.name}, {"id": row.id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return None
    return Person(user.email, user.display_name)


def _text(row: InventoryImport) -> tuple[str, list[str]]:
    where = translate(N_("All about it: %(url)s")) % {"url": mails.address("dp_inventory_sheets.read", id=row.id)}
    counts = (row.report or {}).get("counts") or {}
    if row.state == "done":
        numbers = translate(N_("New: %(create)s, changed: %(change)s, unchanged: %(same)s.")) % counts
        return translate(N_("Your import is done")), [translate(N_("Your import into the data inventory is done.")), numbers, where]
    parts = [translate(N_("Your import into the data inventory was not carried out. Nothing was written."))]
    if row.state == "refused" and counts.get("problems"):
        parts.append(translate(N_("Faults found: %(problems)s. Please mend them in the file and upload it again.")) % counts)
    return translate(N_("Your import was not carried out")), [*parts, where]
