"""The form's own validation for many new datasets: what CKAN asks the database for each is asked once."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import ckan.lib.plugins as lib_plugins
import ckan.plugins.toolkit as tk

Validate = Callable[[Any, dict[str, Any]], tuple[dict[str, Any], dict[str, Any]]]


def validator() -> Validate:
    """(context, dataset) → (validated data, errors), as `package_create` gets them, for one context's user and one batch.

    The caller sees to it that nobody has the name and that the resources' ids are just made. Whether a dataset may belong
    to an organisation is asked once for each. Nothing of CKAN or of ckanext-scheming is replaced: the plugin's function runs
    with our schema.
    """
    plugin = lib_plugins.lookup_package_plugin("dataset")
    owner = _once(tk.get_validator("owner_org_validator"))

    def validate(data: dict[str, Any], schema: dict[str, Any], context: Any) -> Any:
        return tk.navl_validate(data, {**schema, **_unasked(schema, owner)}, context)

    function = type(plugin).validate
    names = {**function.__globals__, "navl_validate": validate}
    bound = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    return lambda context, dataset: bound(plugin, context, dataset, plugin.create_package_schema(), "package_create")


def _unasked(schema: dict[str, Any], owner: Any) -> dict[str, Any]:
    free, may, new = (tk.get_validator(name) for name in ("package_name_validator", "owner_org_validator", "resource_id_does_not_exist"))
    resources = schema["resources"]
    return {
        "name": [check for check in schema["name"] if check is not free],
        "owner_org": [owner if check is may else check for check in schema["owner_org"]],
        "resources": {**resources, "id": [check for check in resources["id"] if check is not new]},
    }


def _once(check: Any) -> Any:
    """The validator of an organisation, its answer kept when it was yes."""
    known: dict[str, str] = {}

    def owner_org(key: Any, data: Any, errors: Any, context: Any) -> None:
        given = data.get(key)
        if not isinstance(given, str) or given not in known:
            check(key, data, errors, context)
            if isinstance(given, str):
                known[given] = data[key]
        data[key] = known[given] if isinstance(given, str) else data[key]

    return owner_org
