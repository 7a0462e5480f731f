"""Auth functions of Datenräume, and what contributors may write. A Datenraum that is not the reader's is not found."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from .. import dataspaces, readers
from ..model import Dataspace


def _who(context: Any) -> readers.Memberships:
    return readers.memberships(readers.current_user(context))


def _known(context: Any, name: Any) -> tuple[readers.Memberships, Dataspace]:
    """The reader and the Datenraum, if he may know of it; else NotFound."""
    who, space = _who(context), dataspaces.find(name)
    if space is None or not (dataspaces.knows(who, space) or context.get("ignore_auth")):
        raise tk.ObjectNotFound(tk._("Data space not found"))
    return who, space


def _answer(allowed: bool) -> dict[str, Any]:
    return {"success": allowed, "msg": tk._("Only the owning unit may change this data space.")}


def dataspace_create(context: Any, data: Any) -> Any:
    """Those who edit the owning organisation, and the inventory lead. Without a name of it: of any organisation."""
    who, owner = _who(context), data.get("owner_org")
    group = model.Group.get(owner) if owner else None
    edits = bool(who.edits) if not owner else group is not None and group.id in who.edits
    return _answer(dataspaces.keeps_all(who) or edits)


def dataspace_patch(context: Any, data: Any) -> Any:
    """Who keeps the Datenraum; another owner is given by the inventory lead only."""
    who, space = _known(context, data.get("id"))
    owner = data.get("owner_org")
    group = model.Group.get(owner) if owner else None
    same = not owner or (group is not None and group.id == space.owner_org)
    return _answer(dataspaces.keeps(who, space) and (same or dataspaces.keeps_all(who)))


def dataspace_delete(context: Any, data: Any) -> Any:
    """Those who edit the owning organisation, and the inventory lead."""
    who, space = _known(context, data.get("id"))
    return _answer(dataspaces.keeps_all(who) or space.owner_org in who.edits)


def dataspace_member_add(context: Any, data: Any) -> Any:
    """Who keeps the Datenraum."""
    who, space = _known(context, data.get("dataspace"))
    return _answer(dataspaces.keeps(who, space))


def dataspace_member_remove(context: Any, data: Any) -> Any:
    """As for adding."""
    return dataspace_member_add(context, data)


def _package(data: Any) -> model.Package:
    name = data.get("package_id")
    package = model.Package.get(name) if isinstance(name, str) and name else None
    if package is None:
        raise tk.ObjectNotFound()
    return package


def _edits(who: readers.Memberships, package: model.Package) -> bool:
    """Whether the reader edits the dataset. One that he may not know of, or that was deleted, is not found."""
    found = readers.facts([package.id]).get(package.id)
    if found is None or readers.level(who, found) is None:
        raise tk.ObjectNotFound()
    return package.owner_org in who.edits or dataspaces.keeps_all(who)


def dataspace_dataset_add(context: Any, data: Any) -> Any:
    """Who edits the dataset and keeps the Datenraum or contributes to it."""
    who, space = _known(context, data.get("dataspace"))
    welcome = dataspaces.keeps(who, space) or space.id in who.contributes
    return _answer(_edits(who, _package(data)) and welcome)


def dataspace_dataset_remove(context: Any, data: Any) -> Any:
    """Who edits the dataset, or the owning unit of the Datenraum."""
    who, space = _known(context, data.get("dataspace"))
    return _answer(_edits(who, _package(data)) or space.owner_org in who.edits)


def dataspace_list(context: Any, data: Any) -> Any:
    """Everybody who is logged in; the action gives each their own."""
    return {"success": readers.current_user(context) is not None}


def dataspace_show(context: Any, data: Any) -> Any:
    """Members, and who keeps the Datenraum."""
    _known(context, data.get("id"))
    return {"success": True}


# what contributors may write


def _contributes(context: Any, package_id: Any) -> bool:
    return isinstance(package_id, str) and bool(package_id) and dataspaces.contributes(_who(context), package_id)


@tk.chained_auth_function
def resource_create(up: Any, context: Any, data: Any) -> Any:
    """CKAN's rule, or a member who contributes."""
    name = data.get("package_id")
    package = model.Package.get(name) if isinstance(name, str) and name else None
    return {"success": True} if package is not None and _contributes(context, package.id) else up(context, data)


@tk.chained_auth_function
def resource_update(up: Any, context: Any, data: Any) -> Any:
    """CKAN's rule, or a member who contributes; rows of the DataStore ask here too."""
    resource_id = data.get("id")
    resource = model.Resource.get(resource_id) if isinstance(resource_id, str) and resource_id else None
    if resource is not None and resource.state == model.State.ACTIVE and _contributes(context, resource.package_id):
        return {"success": True}
    return up(context, data)


@tk.chained_auth_function
def package_update(up: Any, context: Any, data: Any) -> Any:
    """CKAN's rule; and while a contributor's file is being written, its dataset (nothing else of it changes).

    What the reader may not know of is not found: CKAN's pages ask here first, and would answer 403."""
    name = data.get("id") or data.get("name")
    package = model.Package.get(name) if isinstance(name, str) and name else None
    if package is not None and not context.get("ignore_auth"):
        found = readers.facts([package.id]).get(package.id)
        if found is not None and readers.level(_who(context), found) is None:
            raise tk.ObjectNotFound()
    if package is not None and dataspaces.is_writing(package.id) and _contributes(context, package.id):
        return {"success": True}
    return up(context, data)


CHAINED = (resource_create, resource_update, package_update)
