"""Who may see and do what with sources. Whoever may not see one gets the answer for an id that never was."""

from __future__ import annotations

from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestSource


def may_edit(context: Any, source_id: Any) -> bool:
    """Whether the reader of this context (default: of the request) may edit the source. Our own code passes with
    ``ignore_auth``."""
    if context.get("ignore_auth"):
        return True
    user = context.get("user")
    if user is None:
        user = tk.current_user.name if tk.current_user and tk.current_user.is_authenticated else ""
    if not user:
        return False
    if authz.is_sysadmin(user):
        return True
    package = model.Package.get(source_id)
    if package is None or package.type != "harvest":
        return False
    try:
        inner: Any = {"user": user, "model": model, "session": model.Session, "package": package}
        tk.check_access("package_update", inner, {"id": package.id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def _only_editors(context: Any, source_id: Any) -> dict[str, Any]:
    source = HarvestSource.get(source_id) if source_id else None
    package = model.Package.get(source_id) if source_id and source is None else None
    found = source.id if source else package.id if package else ""
    if not found or not may_edit(context, found):
        raise tk.ObjectNotFound(tk._("Harvest source not found"))
    return {"success": True}


def _id(data_dict: Any, *names: str) -> str | None:
    for name in names:
        value = (data_dict or {}).get(name)
        if value:
            return str(value)
    return None


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def harvest_source_show(up: Any, context: Any, data_dict: Any) -> Any:
    """Editors of the source."""
    return _only_editors(context, _id(data_dict, "id"))


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def harvest_source_show_status(up: Any, context: Any, data_dict: Any) -> Any:
    """Editors of the source."""
    return _only_editors(context, _id(data_dict, "id"))


@tk.chained_auth_function
@tk.auth_disallow_anonymous_access
def harvest_source_list(up: Any, context: Any, data_dict: Any) -> Any:
    """Who is logged in; the list holds what he may edit."""
    return {"success": bool(context.get("user"))}


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def harvest_job_show(up: Any, context: Any, data_dict: Any) -> Any:
    """Editors of the job's source."""
    job = context.get("job") or HarvestJob.get(_id(data_dict, "id") or "")
    return _only_editors(context, job.source_id if job else None)


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def harvest_job_report(up: Any, context: Any, data_dict: Any) -> Any:
    """Editors of the job's source. (ckanext-harvest takes its action for the auth function here.)"""
    job = HarvestJob.get(_id(data_dict, "id") or "")
    return _only_editors(context, job.source_id if job else None)


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def harvest_job_list(up: Any, context: Any, data_dict: Any) -> Any:
    """Editors of the source; a list over all sources is the operator's."""
    return _only_editors(context, _id(data_dict, "source_id"))


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def harvest_object_show(up: Any, context: Any, data_dict: Any) -> Any:
    """Editors of the source: the object holds what the source delivered, released or not."""
    object_id, dataset_id = _id(data_dict, "id"), _id(data_dict, "dataset_id")
    obj = HarvestObject.get(object_id) if object_id else None
    if obj is None and dataset_id:
        package = model.Package.get(dataset_id)
        obj = model.Session.query(HarvestObject).filter_by(package_id=package.id, current=True).first() if package else None
    return _only_editors(context, obj.harvest_source_id if obj else None)


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def harvest_object_list(up: Any, context: Any, data_dict: Any) -> Any:
    """Editors of the source."""
    return _only_editors(context, _id(data_dict, "source_id"))


@tk.chained_auth_function
@tk.auth_disallow_anonymous_access
def harvest_log_list(up: Any, context: Any, data_dict: Any) -> Any:
    """The operator: the log is over all sources. (ckanext-harvest takes its action for the auth function here.)"""
    return {"success": False}


@tk.auth_allow_anonymous_access
def harvest_source_preview(context: Any, data_dict: Any) -> dict[str, Any]:
    """Editors of the source; without one, who may create a source in that unit."""
    source_id = _id(data_dict, "id")
    if source_id:
        return _only_editors(context, source_id)
    try:
        tk.check_access("harvest_source_create", context, {"owner_org": _id(data_dict, "owner_org")})
    except tk.NotAuthorized:
        return {"success": False, "msg": tk._("You are not allowed to create sources in this unit.")}
    return {"success": bool(context.get("user")) or bool(context.get("ignore_auth"))}


@tk.auth_allow_anonymous_access
def harvest_source_confirm_vanish(context: Any, data_dict: Any) -> dict[str, Any]:
    """Editors of the source."""
    return _only_editors(context, _id(data_dict, "id"))


def get_auth_functions() -> dict[str, Any]:
    """All of them, for the plugin."""
    return {name: function for name, function in globals().items() if name.startswith("harvest_")}
