"""Mails about requests for data, sent by background jobs; and how often data were asked for."""

from __future__ import annotations

import ckan.model as model
from sqlalchemy import func, select

from ..core.i18n import N_, translate
from . import mails, people
from .model_care import AccessRequest
from .people import Person


def demand(package_id: str) -> int:
    """How often the data were asked for."""
    query = select(func.count()).select_from(AccessRequest).where(AccessRequest.package_id == package_id)
    return int(model.Session.execute(query).scalar() or 0)


def asked_job(request_id: str) -> None:
    """Background job: the editors of the responsible unit learn that somebody asks. The title is one of their own."""
    row = model.Session.get(AccessRequest, request_id)
    package = model.Package.get(row.package_id) if row is not None else None
    if row is None or package is None or not package.owner_org:
        return
    facts = {"title": package.title or package.name, "url": mails.address("dp_inventory_requests.read", id=row.id)}
    reached, failed = False, None
    for person in people.of_unit(package.owner_org):
        try:
            reached |= mails.send(person, translate(N_("Somebody asks for data of your unit")), [
                translate(N_("Somebody of another unit asks for the data of this record:")),
                mails.bullets([facts["title"]]),
                translate(N_("Please read and answer the request here: %(url)s")) % facts,
            ])  # fmt: skip
        except mails.NotSent as problem:
            failed = problem
    if failed is not None and not reached:
        raise failed  # tried again later; whom it reached is not asked twice


def answered_job(request_id: str) -> None:
    """Background job: who asked learns that there is an answer; what it says stands behind the login."""
    row = model.Session.get(AccessRequest, request_id)
    user = model.User.get(row.user_id) if row is not None else None
    if row is None or user is None or user.state != "active" or not user.email:
        return
    mails.send(Person(user.email, user.display_name), translate(N_("Your request for data has been answered")), [
        translate(N_("Please read the answer here: %(url)s")) % {"url": mails.address("dp_inventory_requests.read", id=row.id)},
    ])  # fmt: skip
