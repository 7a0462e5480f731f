"""What a job tells people: errors in ckanext-harvest's own tables, remarks beside them, all on the job's page.

A remark is something that was left out of a record that was taken all the same (a broken date); it does not count as
an error.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import psycopg2
from ckanext.harvest.model import HarvestGatherError, HarvestObject, HarvestObjectError, HarvestObjectExtra
from sqlalchemy.exc import InterfaceError, OperationalError

from ckanext.datenplattform.core.errors import PlatformError
from ckanext.datenplattform.core.i18n import N_, translate

from .settings import Invalid

log = logging.getLogger(__name__)

REMARK = "remark"
#: Where an error happened.
GATHER, FETCH, IMPORT = "Gather", "Fetch", "Import"
OF_SOURCE = N_("Source “%(source)s”: %(cause)s")
NOTHING_DELETED = N_("Nothing was changed or deleted.")
UNEXPECTED = N_("An unexpected error occurred (%(reason)s). The operator finds details in the log.")
DATABASE_LOST = N_(
    "The connection to the database was lost. What was written before is kept; the next run fetches the rest. The operator finds "
    "details in the log."
)
NO_ROOM = N_(
    "There is no room left on the database server. What was written before is kept and can be read; the next run fetches the rest. "
    "Please tell the operator."
)
#: How PostgreSQL's end shows: through SQLAlchemy, or not.
LOST = (OperationalError, InterfaceError, psycopg2.OperationalError, psycopg2.InterfaceError)
NOT_VALID = N_("The data do not fit: %(reasons)s")


def cause(error: BaseException) -> str:
    """What happened, as a sentence for people; what we did not foresee goes to the log with its traceback."""
    if isinstance(error, PlatformError):
        return error.message
    if isinstance(error, tk.ValidationError):
        return translate(NOT_VALID) % {"reasons": _flat(error.error_dict or {})[:1000]}
    if isinstance(error, (Invalid, tk.NotAuthorized)):
        return str(error)
    log.error("Harvest: unexpected error", exc_info=error)
    if no_room(error):
        return translate(NO_ROOM)
    if isinstance(error, LOST):
        return translate(DATABASE_LOST)
    return translate(UNEXPECTED) % {"reason": type(error).__name__}


def no_room(error: BaseException) -> bool:
    """Whether the database's disk is full (SQLSTATE 53100), through SQLAlchemy or not."""
    return isinstance(getattr(error, "orig", error), psycopg2.errors.DiskFull)


def _flat(value: Any) -> str:
    """What does not fit, with the names of the fields, on one line."""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_flat(item)}" for key, item in value.items() if item)
    if isinstance(value, (list, tuple)):
        return "; ".join(_flat(item) for item in value if item)
    return str(value)


def job_failed(job: Any, title: str, error: BaseException) -> None:
    """The listing failed: the whole job ends with this."""
    text = translate(OF_SOURCE) % {"source": title, "cause": cause(error)}
    end = "" if text.endswith((".", "!", "?")) else "."
    HarvestGatherError.create(message=f"{text}{end} {translate(NOTHING_DELETED)}", job=job)


def has_failed(job: Any) -> bool:
    """Whether the listing has failed already."""
    return model.Session.query(HarvestGatherError).filter_by(harvest_job_id=job.id).count() > 0


def job_notice(job: Any, title: str, text: str) -> None:
    """Something that a person must look at, though the job went on."""
    HarvestGatherError.create(message=translate(OF_SOURCE) % {"source": title, "cause": text}, job=job)


def record_failed(obj: HarvestObject, error: BaseException | str, stage: str) -> None:
    """One record failed; the others go on."""
    text = error if isinstance(error, str) else cause(error)
    HarvestObjectError.create(message=text, object=obj, stage=stage)


def remarks(obj: HarvestObject, texts: Iterable[str]) -> None:
    """Note what was left out. The caller commits."""
    for text in dict.fromkeys(texts):
        model.Session.add(HarvestObjectExtra(object=obj, key=REMARK, value=text))


def remarks_of(job_id: str) -> dict[str, dict[str, Any]]:
    """All remarks of a job: harvest object id → ``{"guid", "remarks"}``."""
    rows = (
        model.Session.query(HarvestObject.id, HarvestObject.guid, HarvestObjectExtra.value)
        .join(HarvestObjectExtra, HarvestObjectExtra.harvest_object_id == HarvestObject.id)
        .filter(HarvestObject.harvest_job_id == job_id, HarvestObjectExtra.key == REMARK)
        .order_by(HarvestObject.guid, HarvestObjectExtra.value)
    )
    found: dict[str, dict[str, Any]] = {}
    for object_id, guid, text in rows:
        found.setdefault(object_id, {"guid": guid, "remarks": []})["remarks"].append(text)
    return found
