"""What somebody may not see does not exist for them: 404 instead of 403, and entries without files.

CKAN answers 403 for a hidden id, which tells that it exists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchQueryError

from .. import audience, index, readers
from ..errors import GateRefused

Resolver = Callable[[Any], "str | None"]


def _package(key: str) -> Resolver:
    def resolve(data: Any) -> str | None:
        name = data.get(key)
        package = model.Package.get(name) if isinstance(name, str) and name else None
        return package.id if package else None

    return resolve


def _resource(key: str) -> Resolver:
    def resolve(data: Any) -> str | None:
        resource_id = data.get(key)
        resource = model.Resource.get(resource_id) if isinstance(resource_id, str) and resource_id else None
        return resource.package_id if resource and resource.state == model.State.ACTIVE else None

    return resolve


def _view(data: Any) -> str | None:
    view = model.ResourceView.get(data.get("id")) if isinstance(data.get("id"), str) else None
    return _resource("resource_id")({"resource_id": view.resource_id}) if view else None


def _either(*resolvers: Resolver) -> Resolver:
    return lambda data: next((found for found in (resolve(data) for resolve in resolvers) if found), None)


# action → (package id from its arguments, level from which on its existence may be known)
TABLE: dict[str, tuple[Resolver, audience.Level]] = {
    **{
        name: (_package("id"), "entry")
        for name in (
            "package_show", "package_update", "package_patch", "package_delete", "dataset_purge",
            "package_resource_reorder", "package_owner_org_update",
            "dataset_follower_count", "am_following_dataset", "follow_dataset", "unfollow_dataset",
            "dataset_follower_list", "package_relationships_list", "package_collaborator_list",
            "package_collaborator_create", "package_collaborator_delete",
        )
    },
    "resource_create": (_package("package_id"), "entry"),
    **{
        name: (_resource("id"), "data")
        for name in ("resource_show", "resource_update", "resource_patch", "resource_delete", "resource_view_list")
    },
    **dict.fromkeys(("resource_view_show", "resource_view_update", "resource_view_delete"), (_view, "data")),
    "resource_view_create": (_resource("resource_id"), "data"),
    "resource_view_reorder": (_resource("id"), "data"),
}  # fmt: skip
DATASTORE_TABLE: dict[str, tuple[Resolver, audience.Level]] = {
    name: (_either(_resource("resource_id"), _resource("id")), "data")
    for name in (
        "datastore_search", "datastore_info", "datastore_create", "datastore_upsert", "datastore_delete",
        "datastore_records_delete", "datastore_run_triggers",
    )
}  # fmt: skip


def level_of(context: Any, package_id: str) -> audience.Level | None:
    """The level of the action's user for one dataset."""
    found = readers.facts([package_id]).get(package_id)
    return readers.level(readers.memberships(readers.current_user(context)), found) if found else None


# stock actions that answer everybody, so there is no 403 to turn into 404, or answer what is not there in a way of their own
ANSWER_ALL = frozenset(
    {"dataset_follower_count", "am_following_dataset", "dataset_follower_list", "package_relationships_list", "package_collaborator_list"}
)


def hide(up: Any, context: Any, data: Any, resolve: Resolver, needed: audience.Level, first: bool = False) -> Any:
    """Call the next action and turn its 403 into 404 where the reader may not know the dataset. Each 404 is the same, word for
    word: what is hidden is not to be told from what never was.

    `first`: look before the action is called, for those that refuse nobody.
    """
    ignore = bool(context.get("ignore_auth"))
    if first and not ignore:
        found = resolve(data)
        if data.get("id") and (found is None or audience.RANK[level_of(context, found)] < audience.RANK[needed]):
            raise tk.ObjectNotFound()
    try:
        return up(context, data)
    except tk.ObjectNotFound:
        if ignore:
            raise
        raise tk.ObjectNotFound() from None
    except tk.NotAuthorized as refused:
        if isinstance(refused, GateRefused) and (refused.__cause__ or not model.Session().is_active):
            # out of a flush or the database: nothing can be read before the rollback
            model.Session.rollback()
        package_id = resolve(data)
        # stock bulk actions name their datasets in a way of their own: the gate's word stands
        if ignore or (package_id is None and isinstance(refused, GateRefused)):
            raise
        known = level_of(context, package_id) if package_id else None
        if audience.RANK[known] < audience.RANK[needed]:
            raise tk.ObjectNotFound() from None
        raise


def without_files(dataset: dict[str, Any]) -> dict[str, Any]:
    """The entry of a dataset: what it is and in which formats, without addresses, files or rows."""
    kept = ("id", "package_id", "name", "name_translated", "description", "format", "position", "state")
    return {
        **dataset,
        "resources": [
            {**{key: resource[key] for key in kept if key in resource}, "url": "", "url_type": ""}
            for resource in dataset.get("resources") or []
        ],
    }


def show_entry(up: Any, context: Any, data: Any) -> Any:
    """package_show for those who see the entry only."""
    ignore = bool(context.get("ignore_auth"))
    dataset = up(context, data)
    if ignore or not isinstance(dataset, dict):
        return dataset
    return without_files(dataset) if level_of(context, dataset["id"]) == "entry" else dataset


def search_entries(up: Any, context: Any, data: Any) -> Any:
    """package_search: hits are checked against the tables, so a withdrawal holds while the index lags behind."""
    ignore = bool(context.get("ignore_auth"))
    found = up(context, data)
    if ignore or not found.get("results"):
        return found
    # `fl` without id: cannot be checked, so it is not given
    checkable = [item for item in found["results"] if "id" in item]
    results = visible_hits(context, checkable)
    found["count"] = max(0, found["count"] - len(checkable) + len(results))
    found["results"] = results
    return found


def list_entries(up: Any, context: Any, data: Any) -> Any:
    """current_package_list_with_resources: it asks the index past all chained actions, so its hits are checked too."""
    ignore = bool(context.get("ignore_auth"))
    found = up(context, data)
    return found if ignore else visible_hits(context, found)


def visible_hits(context: Any, hits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The hits that the reader may see, with files or as entry."""
    who = readers.memberships(readers.current_user(context))
    known = readers.facts(item["id"] for item in hits)
    results = []
    for item in hits:
        dataset = known.get(item["id"])
        reached = readers.level(who, dataset) if dataset else None
        if reached is not None:
            results.append(_entry_of_hit(item) if reached == "entry" else item)
    return results


def leave_out(context: Any, data: Any) -> None:
    """package_search: what the index does not know yet is neither counted nor facetted for those who may not see it."""
    noted = index.lately_behind()
    if not noted:
        return
    index.wake(noted.values())
    if context.get("ignore_auth"):
        return
    who = readers.memberships(readers.current_user(context))
    known = readers.facts(noted)
    hidden = [name for name in noted if name not in known or readers.level(who, known[name]) is None]
    given = data.get("fq_list") or []
    # Solr takes 1,024 terms in one clause
    parts = ["-id:({})".format(" OR ".join(f'"{name}"' for name in hidden[at : at + 500])) for at in range(0, len(hidden), 500)]
    data["fq_list"] = [*([given] if isinstance(given, str) else given), *parts]


def _entry_of_hit(item: dict[str, Any]) -> dict[str, Any]:
    """A hit as entry; with `fl` single fields of the index come, those of the files among them."""
    kept = {key: value for key, value in item.items() if not key.startswith(("res_", "data_dict", "validated_data_dict"))}
    return without_files(kept) if "resources" in kept else kept


# functions of Solr count words in the whole index, hidden datasets included
_NO_FUNCTIONS = ("bf", "boost")
_ORDER = re.compile(r"\s*[\w.-]+(\s+(asc|desc))?\s*", re.IGNORECASE)
_FIELD = re.compile(r"[\w.-]+")
# who may read a dataset is nobody else's business
_LABELS = "permission_labels"


def search_safely(data: Any) -> None:
    """package_search: only what asks about visible datasets; raises SearchQueryError for the rest.

    Plain fields to sort and facet by, no functions; nothing about permission labels; `fl` always with the id, so
    that hits can be checked.
    """
    refused = [name for name in _NO_FUNCTIONS if data.get(name)]
    if refused:
        raise SearchQueryError(f"Invalid search parameters: {refused}")
    if data.get("sort") and not all(_ORDER.fullmatch(part) for part in str(data["sort"]).split(",")):
        raise SearchQueryError('Invalid "sort" parameter')
    for name in ("q", "fq", "fq_list", "qf", "sort"):
        # a backslash may stand before any letter of a field's name
        if _LABELS in str(data.get(name) or "").replace("\\", ""):
            raise SearchQueryError(f"Invalid search parameters: ['{name}']")
    if data.get("facet.field"):
        data["facet.field"] = _facets(data["facet.field"])
    if data.get("fl"):
        data["fl"] = _fields(data["fl"])


def _facets(given: Any) -> Any:
    """Names of fields to facet by; what is no name is left out."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return given  # the action says that it is no list
    return [name for name in given if _plain(name)] if isinstance(given, list) else given


def _plain(name: Any) -> bool:
    return bool(_FIELD.fullmatch(str(name))) and name != _LABELS


def _fields(given: Any) -> list[str]:
    """Names of fields to return: no aliases, no functions, for the checks of hits go by the names; always the id."""
    names = given if isinstance(given, list) else str(given).replace(",", " ").split()
    parts = [part for name in names for part in str(name).replace(",", " ").split()]
    fields = [part for part in parts if re.fullmatch(r"[\w*.-]+", part) and part != _LABELS]
    return [*fields, *([] if "id" in fields or "*" in fields else ["id"])]


def index_entry(document: dict[str, Any], published: bool) -> dict[str, Any]:
    """What the index holds of a dataset: addresses of files only once they are public, for a search would tell them."""
    if published:
        return document
    return {key: value for key, value in document.items() if key != "res_url" and not key.startswith("res_extras_")}
