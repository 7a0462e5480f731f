"""Who may do what with alerts: who edits the dataset. For whom a dataset does not exist, its rules do not exist either."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ....access import shared as access
from .. import found


def _edits(context: Any, package: model.Package | None) -> dict[str, Any]:
    reader = access.current_user(context)
    if package is None or package.state != "active" or not access.reader_level(reader, str(package.id)):
        raise found.no_rule()
    return {"success": edits(context, package)}


def edits(context: Any, package: model.Package) -> bool:
    """Whether somebody edits a dataset that he may know of."""
    try:
        inner: Any = {**context, "package": package}
        tk.check_access("package_update", inner, {"id": package.id})
    except tk.NotAuthorized:
        return False
    return True


def _of_rule(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    row = found.rule(data_dict.get("id"))
    return _edits(context, model.Package.get(row.package_id) if row else None)


def _of_resource(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    resource = model.Resource.get(str(data_dict.get("resource_id") or ""))
    there = resource is not None and resource.state == "active"
    return _edits(context, resource.package if resource is not None and there else None)


def _of_dataset(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    if data_dict.get("dataset"):
        return _edits(context, model.Package.get(str(data_dict["dataset"])))
    return {"success": True}


@tk.auth_disallow_anonymous_access
def alert_rule_create(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who edits the dataset."""
    return _of_resource(context, data_dict)


@tk.auth_disallow_anonymous_access
def alert_rule_preview(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who edits the dataset."""
    return _of_resource(context, data_dict)


@tk.auth_disallow_anonymous_access
def alert_rule_patch(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who edits the dataset."""
    return _of_rule(context, data_dict)


@tk.auth_disallow_anonymous_access
def alert_rule_delete(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who edits the dataset."""
    return _of_rule(context, data_dict)


@tk.auth_disallow_anonymous_access
def alert_rule_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who edits the dataset."""
    return _of_rule(context, data_dict)


@tk.auth_disallow_anonymous_access
def alert_rule_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who edits the dataset; without one everybody sees those of the datasets that he edits."""
    return _of_dataset(context, data_dict)


@tk.auth_disallow_anonymous_access
def alert_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who edits the dataset; without one everybody sees those of the datasets that he edits."""
    return _of_dataset(context, data_dict)


@tk.auth_disallow_anonymous_access
def alert_acknowledge(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who edits the dataset."""
    alert = found.alert(data_dict.get("id"))
    return _of_rule(context, {"id": alert.rule_id if alert else ""})


@tk.auth_disallow_anonymous_access
def alert_log_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who edits the dataset."""
    return _of_rule(context, data_dict)
