"""What a machine's key (CKAN's API token) may do: its scope, its unit, its end. See docs/decisions, "Scopes of keys".

A scope only takes away: whatever it lets through is still asked of CKAN, the gate and the table of who sees what. It is
looked at once for each request, in `refused`, before any page or action.

all      what the person may (CKAN's own; for those who give no scope)
read     what the person sees, writing nothing
harvest  what everybody sees, writing nothing: for other portals that fetch the catalogue
unit     what the person sees, and writing datasets and files of one organisation by the API
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timezone
from fnmatch import fnmatch
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import g, has_request_context

from ..core import days
from ..core.clock import utcnow
from .logic import hidden

SCOPES = ("all", "read", "harvest", "unit")
_EXTRA = "datenplattform"
_SEEN = "datenplattform_token"

# pages that only read; everything else is for people, and some of it writes when it is merely opened
PAGES = (
    "home.*", "feeds.*", "dcat.*", "dcat_json_interface.*", "croissant.*", "dp_*", "datastore.dump", "datastore.dictionary_download",
    "dataset.search", "dataset.read", "dataset_resource.read", "dataset_resource.download", "resource.read", "resource.download",
    "organization.index", "organization.read", "organization.about", "group.index", "group.read", "group.about",
    "api.get_api", "api.dataset_autocomplete", "api.tag_autocomplete", "api.format_autocomplete", "util.*",
)  # fmt: skip
# what scope `unit` may write: action → what names the dataset ("" for new ones, which name their organisation)
WRITES = {
    "package_create": "", "inventory_record_create": "", "inventory_record_patch": "package_show",
    **{name: name for name in (
        "package_update", "package_patch", "resource_create", "resource_update", "resource_patch", "resource_delete",
        "datastore_create", "datastore_upsert", "datastore_delete", "datastore_records_delete",
    )},
}  # fmt: skip
_OWNERS = ("owner_org", "unit")


@dataclass(frozen=True)
class Scope:
    """What one key may. `unit`: id of an organisation."""

    name: str
    unit: str | None = None
    until: datetime | None = None


def of(token: model.ApiToken) -> Scope:
    """The scope of a key; of one that CKAN made without ours: all."""
    extras = (token.plugin_extras or {}).get(_EXTRA) or {}
    until = datetime.fromisoformat(extras["until"]) if extras.get("until") else None
    return Scope(extras.get("scope") or "all", extras.get("unit"), until)


def keep(token_id: str, scope: Scope) -> None:
    """Write the scope to the key. Commits, as CKAN does."""
    token = model.ApiToken.get(token_id)
    if token is None:
        raise tk.ObjectNotFound()
    until = scope.until.isoformat() if scope.until else None
    token.set_extra(_EXTRA, {"scope": scope.name, "unit": scope.unit, "until": until}, commit=True)


def seen(token_id: str) -> bool:
    """A key was shown: note its scope for the rest of the request. False when it has ended or is not known."""
    token = model.ApiToken.get(token_id)
    if token is None:
        return False
    scope = of(token)
    if scope.until is not None and scope.until <= utcnow():
        return False
    if has_request_context():
        setattr(g, _SEEN, scope)
    return True


def current() -> Scope | None:
    """The scope of the key by which the request came, or None."""
    return getattr(g, _SEEN, None) if has_request_context() else None


def refused(scope: Scope, endpoint: str, method: str, action: str | None, data: Any) -> bool:
    """Whether the key may not do this. `data`: what the action was given, asked for only where it decides."""
    if scope.name == "all":
        return False
    if endpoint == "api.action":
        if _reads(action or ""):
            return False
        return not (scope.name == "unit" and method == "POST" and _within(scope, action or "", data()))
    return method not in ("GET", "HEAD", "OPTIONS") or not any(fnmatch(endpoint, page) for page in PAGES)


def _reads(action: str) -> bool:
    try:
        return bool(getattr(tk.get_action(action), "side_effect_free", False))
    except KeyError:
        return True  # CKAN says that there is no such action


def _within(scope: Scope, action: str, data: Any) -> bool:
    """Whether a writing action stays within the key's organisation: what it is about, and where it would move it."""
    if action not in WRITES or not isinstance(data, dict):
        return False
    named = [_organization(data[key]) for key in _OWNERS if data.get(key)]
    if any(owner != scope.unit for owner in named):
        return False
    return bool(named) if not WRITES[action] else _owners(WRITES[action], data) == {scope.unit}


def _owners(like: str, data: dict[str, Any]) -> set[str | None]:
    """The organisations of all datasets that the data name; of two names CKAN takes the one it likes."""
    tables: dict[str, Any] = {**hidden.TABLE, **hidden.DATASTORE_TABLE}
    resolve = tables[like][0]
    found = {resolve(data)}
    if like in hidden.DATASTORE_TABLE:
        found = {resolve({"id": data[key]}) for key in ("resource_id", "id") if data.get(key)}
    elif like == "package_update" and data.get("name") and not data.get("id"):
        found = {resolve({"id": data["name"]})}
    packages = [model.Package.get(package_id) if package_id else None for package_id in found]
    return {package.owner_org if package is not None else None for package in packages}


def _organization(name: Any) -> str | None:
    group = model.Group.get(name) if isinstance(name, str) else None
    return group.id if group is not None and group.is_organization else None


def checked(data: dict[str, Any]) -> Scope:
    """The scope that somebody chose for a new key. Raises ValidationError."""
    name, unit, until = data.get("scope") or "all", data.get("unit") or None, data.get("until") or None
    if until is not None and until.tzinfo is None:
        # a day counts to its end
        until = days.end_of(until.date()) if until.time() == time() else until.replace(tzinfo=timezone.utc)
    if until is not None and until <= utcnow():
        raise tk.ValidationError({"until": [tk._("Please give a day that is still to come.")]})
    if name != "unit":
        return Scope(name, None, until)
    found = _organization(unit)
    if found is None:
        raise tk.ValidationError({"unit": [tk._("Please choose the organisation whose datasets the key may write.")]})
    return Scope(name, found, until)


def listed(up: Any, context: Any, data: Any) -> Any:
    """api_token_list: with "scope", "unit" (id of an organisation) and "until" (ISO 8601, UTC) of each key."""
    found = up(context, data)
    ids = [item["id"] for item in found]
    scopes = {row.id: of(row) for row in model.Session.query(model.ApiToken).filter(model.ApiToken.id.in_(ids))}  # type: ignore[attr-defined]
    for item in found:
        scope = scopes.get(item["id"], Scope("all"))
        item.update(scope=scope.name, unit=scope.unit, until=scope.until.isoformat() if scope.until else None)
    return found
