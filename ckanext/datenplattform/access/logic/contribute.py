"""Chained actions by which members with role contribute bring files in. CKAN writes a file by updating its whole dataset:
for as long as that takes, they may (see `auth_dataspaces.package_update`)."""

from __future__ import annotations

from typing import Any

import ckan.model as model

from .. import dataspaces, readers


def _run(up: Any, context: Any, data: Any, package: Any) -> Any:
    if package is None or context.get("ignore_auth"):
        return up(context, data)
    if not dataspaces.contributes(readers.memberships(readers.current_user(context)), package.id):
        return up(context, data)
    with dataspaces.writing(package.id):
        return up(context, data)


def create(up: Any, context: Any, data: Any) -> Any:
    """resource_create."""
    name = data.get("package_id")
    return _run(up, context, data, model.Package.get(name) if isinstance(name, str) and name else None)


def update(up: Any, context: Any, data: Any) -> Any:
    """resource_update, resource_patch."""
    name = data.get("id")
    resource = model.Resource.get(name) if isinstance(name, str) and name else None
    return _run(up, context, data, model.Package.get(resource.package_id) if resource else None)


TABLE = {"resource_create": create, "resource_update": update, "resource_patch": update}
