"""Stock actions that tell of private datasets to anybody, closed."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import func, or_, select

from .. import readers
from ..model import Publication, in_force
from .hidden import level_of, visible_hits


def _visible_packages(context: Any) -> Any:
    """SQL: ids of active datasets that are published, or of a unit the user edits."""
    published = select(Publication.package_id).where(in_force(Publication))
    who = readers.memberships(readers.current_user(context))
    package = model.Package
    query = select(package.id).where(package.state == "active", package.type != "harvest")
    if who.sysadmin or "inventory_lead" in who.roles:
        return query
    return query.where(or_(package.id.in_(published), package.owner_org.in_(who.edits)))


def member_list(up: Any, context: Any, data: Any) -> Any:
    """Members of a group: only those datasets the reader may see; people only to those who are logged in."""
    ignore = bool(context.get("ignore_auth"))
    members = up(context, data)
    if ignore:
        return members
    user = readers.current_user(context)
    who = readers.memberships(user)
    known = readers.facts(item[0] for item in members if item[1] == "package")
    kept = []
    for item in members:
        if item[1] == "package":
            dataset = known.get(item[0])
            if dataset is None or readers.level(who, dataset) is None:
                continue
        elif item[1] == "user" and not (who.staff or who.sysadmin):
            continue
        kept.append(item)
    return kept


def _visible_tags(context: Any, query: str, limit: int, vocabulary: Any = None) -> list[str]:
    tag, link = model.Tag, model.PackageTag
    statement = (
        select(tag.name)
        .distinct()
        .join(link, link.tag_id == tag.id)
        .where(link.state == "active", link.package_id.in_(_visible_packages(context)))
        .order_by(tag.name)
        .limit(limit)
    )
    statement = statement.where(tag.vocabulary_id == vocabulary if vocabulary else tag.vocabulary_id.is_(None))
    if query:
        statement = statement.where(tag.name.ilike(f"%{_escape(query)}%", escape="\\"))
    return list(model.Session.execute(statement).scalars())


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _limit(data: Any, default: int, most: int) -> int:
    try:
        return max(0, min(int(data.get("limit") or default), most))
    except (TypeError, ValueError):
        raise tk.ValidationError({"limit": [tk._("Invalid integer")]}) from None


def tag_list(up: Any, context: Any, data: Any) -> Any:
    """Names of tags of visible datasets, sorted; `query` filters; at most 1,000."""
    tk.check_access("tag_list", context, data)
    if data.get("vocabulary_id") or data.get("all_fields"):
        visible = set(_visible_tags(context, "", 10_000, _vocabulary(data)))
        return [tag for tag in up(context, data) if (tag["name"] if isinstance(tag, dict) else tag) in visible]
    return _visible_tags(context, str(data.get("query") or data.get("q") or ""), _limit(data, 1000, 1000))


def _vocabulary(data: Any) -> str | None:
    if not data.get("vocabulary_id"):
        return None
    found = model.Vocabulary.get(data["vocabulary_id"])
    return found.id if found else data["vocabulary_id"]


def tag_search(up: Any, context: Any, data: Any) -> Any:
    """tag_search: as CKAN finds them, without tags that only hidden datasets carry."""
    found = up(context, data)
    visible = set(_visible_tags(context, "", 10_000, _vocabulary(data)))
    results = [tag for tag in found["results"] if tag["name"] in visible]
    return {"count": len(results), "results": results}


def tag_show(up: Any, context: Any, data: Any) -> Any:
    """tag_show: a tag that only hidden datasets carry does not exist; its datasets, if asked for, are checked."""
    ignore = bool(context.get("ignore_auth"))
    found = up(context, data)
    if ignore:
        return found
    if found["name"] not in _visible_tags(context, "", 10_000, found.get("vocabulary_id")):
        raise tk.ObjectNotFound()
    if "packages" in found:
        found["packages"] = visible_hits(context, found["packages"])
    return found


def tag_autocomplete(up: Any, context: Any, data: Any) -> Any:
    """Suggestions of tags of visible datasets."""
    tk.check_access("tag_autocomplete", context, data)
    query = str(data.get("query") or data.get("q") or "")
    return _visible_tags(context, query, _limit(data, 10, 50), _vocabulary(data)) if query else []


def format_autocomplete(up: Any, context: Any, data: Any) -> Any:
    """Suggestions of formats of visible datasets, most frequent first."""
    tk.check_access("format_autocomplete", context, data)
    query = str(tk.get_or_bust(data, "q"))
    resource = model.Resource
    name = func.lower(resource.format)
    statement = (
        select(name)
        .where(
            resource.state == "active",
            resource.package_id.in_(_visible_packages(context)),
            name.ilike(f"%{_escape(query)}%", escape="\\"),
        )
        .group_by(name)
        .order_by(func.count().desc(), name)
        .limit(_limit(data, 5, 50))
    )
    return list(model.Session.execute(statement).scalars())


def resource_search(up: Any, context: Any, data: Any) -> Any:
    """resource_search: only files of datasets whose data the reader may see."""
    found = up(context, data)
    who = readers.memberships(readers.current_user(context))
    known = readers.facts({item["package_id"] for item in found["results"]} if found["results"] else ())
    results = [
        item
        for item in found["results"]
        if item["package_id"] in known and readers.level(who, known[item["package_id"]]) in ("data", "all")
    ]
    return {"count": len(results), "results": results}


def package_collaborator_list(up: Any, context: Any, data: Any) -> Any:
    """package_collaborator_list: CKAN fails where nobody is logged in."""
    if not context.get("ignore_auth") and not context.get("user"):
        raise tk.NotAuthorized()
    return up(context, data)


def resource_view_list(up: Any, context: Any, data: Any) -> Any:
    """resource_view_list: none for those who see the entry only. CKAN's page of the dataset asks, and expects a list."""
    name = data.get("id")
    resource = model.Resource.get(name) if isinstance(name, str) and name else None
    package_id = resource.package_id if resource is not None else None
    if package_id and not context.get("ignore_auth") and level_of(context, package_id) == "entry":
        try:
            tk.check_access("resource_view_list", context, data)
        except tk.NotAuthorized:
            return []
    return up(context, data)


TABLE: dict[str, Any] = {
    "resource_view_list": resource_view_list,
    "package_collaborator_list": package_collaborator_list,
    "member_list": member_list,
    "tag_list": tag_list,
    "tag_search": tag_search,
    "tag_show": tag_show,
    "tag_autocomplete": tag_autocomplete,
    "format_autocomplete": format_autocomplete,
    "resource_search": resource_search,
}
