"""Lock (a): chained actions that refuse early, in words, and before a file is overwritten.

They hold for sysadmins and with `ignore_auth` too: not who asks decides, but whether the board has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from .. import errors
from ..gate import is_releasing, published_ids
from ..model import DatasetAccess

Action = Callable[[Any, Any], Any]


def _dataset(name_or_id: Any) -> model.Package | None:
    return model.Package.get(name_or_id) if isinstance(name_or_id, str) and name_or_id else None


def _dataset_of_resource(resource_id: Any) -> model.Package | None:
    resource = model.Resource.get(resource_id) if isinstance(resource_id, str) and resource_id else None
    return _dataset(resource.package_id) if resource else None


def is_fixed(package_id: str) -> errors.GateRefused | None:
    """The refusal for changes of a dataset's content and files, or None where they are free."""
    if published_ids([package_id]):
        return errors.refuse_change()
    row = model.Session.get(DatasetAccess, package_id)
    return errors.refuse_locked() if row and row.locked_hash else None


def _explicitly_public(data: Any) -> bool:
    if data.get("private") in (None, ""):
        return False
    try:
        return not tk.asbool(data["private"])
    except ValueError:
        raise tk.ValidationError({"private": [tk._("Please say yes or no.")]}) from None


def _run(up: Action, context: Any, data: Any) -> Any:
    """Call the next action; a refusal out of a flush leaves no half-done transaction."""
    try:
        return up(context, data)
    except errors.GateRefused:
        model.Session.rollback()
        raise


def create(up: Action, context: Any, data: Any) -> Any:
    """package_create: private unless said otherwise, and saying otherwise is refused."""
    if data.get("type") == "harvest":
        data["private"] = True
    if _explicitly_public(data):
        raise errors.refuse_public()
    data["private"] = True
    return _run(up, context, data)


def _check_update(package: model.Package | None, data: Any) -> None:
    if package is None:
        return
    published = bool(published_ids([package.id]))
    if package.type == "harvest":
        data["private"] = True
        return
    if published:
        wants_private = data.get("private") not in (None, "") and not _explicitly_public(data)
        if wants_private or data.get("state", "active") not in ("active", None, ""):
            raise errors.refuse_removal()
    elif _explicitly_public(data):
        raise errors.refuse_public()
    refusal = is_fixed(package.id)
    if refusal and any(resource.get("upload") for resource in data.get("resources") or [] if isinstance(resource, dict)):
        raise refusal


def update(up: Action, context: Any, data: Any) -> Any:
    """package_update: full replacement; a missing `private` keeps what is."""
    package = _dataset(data.get("id") or data.get("name"))
    _check_update(package, data)
    if package is not None and data.get("private") in (None, ""):
        data["private"] = package.private
    return _run(up, context, data)


def patch(up: Action, context: Any, data: Any) -> Any:
    """package_patch."""
    _check_update(_dataset(data.get("id") or data.get("name")), data)
    return _run(up, context, data)


def revise(up: Action, context: Any, data: Any) -> Any:
    """package_revise: inner package_update is chained as well; here a rollback and a clear answer."""
    return _run(up, context, data)


def remove(up: Action, context: Any, data: Any) -> Any:
    """package_delete, dataset_purge: a published dataset is withdrawn first."""
    package = _dataset(data.get("id"))
    if package is not None and published_ids([package.id]):
        raise errors.refuse_removal()
    return _run(up, context, data)


def bulk_public(up: Action, context: Any, data: Any) -> Any:
    """bulk_update_public: there is no such thing here."""
    tk.check_access("bulk_update_public", context, data)
    raise errors.refuse_public()


def owner(up: Action, context: Any, data: Any) -> Any:
    """package_owner_org_update: the session's lock decides; here a rollback and a clear answer."""
    return _run(up, context, data)


def resource_in_dataset(up: Action, context: Any, data: Any) -> Any:
    """resource_create."""
    package = _dataset(data.get("package_id"))
    refusal = is_fixed(package.id) if package is not None else None
    if refusal:
        raise refusal
    return _run(up, context, data)


def resource_by_id(up: Action, context: Any, data: Any) -> Any:
    """resource_update, resource_patch, resource_delete: the file would be overwritten before any later lock."""
    package = _dataset_of_resource(data.get("id"))
    refusal = is_fixed(package.id) if package is not None else None
    if refusal:
        raise refusal
    return _run(up, context, data)


def datastore_write(up: Action, context: Any, data: Any) -> Any:
    """datastore_create, _upsert, _delete …: rows are content too."""
    nested = data.get("resource") if isinstance(data.get("resource"), dict) else {}
    # all that is named is looked at: of two names CKAN takes the one it likes
    named = [_dataset_of_resource(data.get(key)) for key in ("resource_id", "id")]
    for package in (*named, _dataset(nested.get("package_id"))):
        refusal = is_fixed(package.id) if package is not None else None
        if refusal:
            raise refusal
    return up(context, data)


def relationship(up: Action, context: Any, data: Any) -> Any:
    """package_relationship_*: it shows on both datasets, so none of them may be published or in review."""
    for key in ("subject", "object"):
        package = _dataset(data.get(key))
        refusal = is_fixed(package.id) if package is not None else None
        if refusal:
            raise refusal
    return _run(up, context, data)


def view(up: Action, context: Any, data: Any) -> Any:
    """resource_view_*: its title and text are read by the public."""
    known = model.ResourceView.get(data["id"]) if isinstance(data.get("id"), str) else None
    package = _dataset_of_resource(data.get("resource_id") or (known.resource_id if known else None))
    refusal = is_fixed(package.id) if package is not None and not is_releasing(package.id) else None
    if refusal:
        raise refusal
    return up(context, data)


TABLE: dict[str, Callable[..., Any]] = {
    "package_create": create,
    "package_update": update,
    "package_patch": patch,
    "package_revise": revise,
    "package_delete": remove,
    "dataset_purge": remove,
    "bulk_update_public": bulk_public,
    "bulk_update_private": revise,
    "bulk_update_delete": revise,
    "package_owner_org_update": owner,
    "organization_purge": owner,
    "package_relationship_create": relationship,
    "package_relationship_update": relationship,
    "resource_view_create": view,
    "resource_view_update": view,
    "resource_view_delete": view,
    "resource_create": resource_in_dataset,
    "resource_update": resource_by_id,
    "resource_patch": resource_by_id,
    "resource_delete": resource_by_id,
}
DATASTORE_TABLE: dict[str, Callable[..., Any]] = {
    "datastore_create": datastore_write,
    "datastore_upsert": datastore_write,
    "datastore_delete": datastore_write,
    "datastore_records_delete": datastore_write,
    "datastore_run_triggers": datastore_write,
}
