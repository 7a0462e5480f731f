"""ckanext-harvest's actions, mended where they tell too much, lose something or delete."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.search.index import PackageSearchIndex
from ckanext.harvest.logic.dictization import harvest_source_dictize
from ckanext.harvest.model import HarvestSource

from .. import jobs, memory, report, settings, sources
from .auth import may_edit

TYPE = "harvest"
#: How the form's fields for settings are called: setting-<type>-<field>.
PREFIX = "setting-"


def _with_settings(data_dict: dict[str, Any]) -> dict[str, Any]:
    """The dict of a source with its settings checked and stored in ``config``; always private. Raises
    ValidationError."""
    data = {key: value for key, value in data_dict.items() if not str(key).startswith(PREFIX)}
    data["private"] = True
    harvester = sources.harvesters().get(data.get("source_type") or "")
    if harvester is None:
        return data
    start = f"{PREFIX}{harvester.kind}-"
    form = {str(key)[len(start) :]: value for key, value in data_dict.items() if str(key).startswith(start)}
    try:
        given = form or settings.parse_config(data.get("config"))
        config = settings.dump(settings.validate(harvester.all_fields(), given))
    except settings.Invalid as invalid:
        labels = {field.name: tk._(field.label) for field in harvester.all_fields()}
        summary: Any = {labels.get(name, name): text for name, text in invalid.errors.items()}
        errors: Any = {"config": [f"{label}: {text}" for label, text in summary.items()]}
        if form:
            errors = {start + name: [text] for name, text in invalid.errors.items()}
        raise tk.ValidationError(errors, summary) from invalid
    data["config"] = config
    return data


def _is_source(data_dict: Any) -> bool:
    if data_dict.get("type"):
        return data_dict["type"] == TYPE
    package = model.Package.get(str(data_dict.get("id") or ""))
    return package is not None and package.type == TYPE


@tk.chained_action
def package_create(up: Any, context: Any, data_dict: Any) -> Any:
    """A source is private, its settings are checked."""
    return up(context, _with_settings(data_dict) if data_dict.get("type") == TYPE else data_dict)


@tk.chained_action
def package_update(up: Any, context: Any, data_dict: Any) -> Any:
    """A source stays private, its settings are checked."""
    return up(context, _with_settings(data_dict) if _is_source(data_dict) else data_dict)


@tk.chained_action
def harvest_source_clear(up: Any, context: Any, data_dict: Any) -> Any:
    """Refused: it would delete datasets, released ones too, past the review."""
    raise tk.NotAuthorized(tk._("Datasets of a source are not deleted together: they belong to the inventory. Nothing was changed."))


@tk.side_effect_free
@tk.chained_action
def harvest_source_list(up: Any, context: Any, data_dict: Any) -> Any:
    """The sources that the caller may edit.

    :param organization_id: only those of a unit (optional)
    :param only_active: only active ones (optional)
    """
    tk.check_access("harvest_source_list", context, data_dict)
    query = model.Session.query(HarvestSource).order_by(HarvestSource.created.desc())
    if data_dict.get("organization_id"):
        query = query.join(model.Package, model.Package.id == HarvestSource.id).filter(
            model.Package.owner_org == data_dict["organization_id"]
        )
    if tk.asbool(data_dict.get("only_active", False)):
        query = query.filter(HarvestSource.active.is_(True))
    full: Any = {**context, "model": model, "session": model.Session}
    last = tk.asbool(data_dict.get("return_last_job_status", False))
    return [harvest_source_dictize(source, full, last) for source in query if may_edit(context, source.id)]


@tk.side_effect_free
@tk.chained_action
def harvest_source_reindex(up: Any, context: Any, data_dict: Any) -> Any:
    """Index a source with its status. The original stores the dict as it is before the form's schema has shaped it:
    without ``source_type``, which is then missing wherever the index answers."""
    tk.check_access("harvest_source_reindex", context, data_dict)
    source_id = tk.get_or_bust(data_dict, "id")
    inner: Any = {
        "model": model,
        "session": model.Session,
        "user": sources.site_user(),
        "ignore_auth": True,
        "use_cache": False,
    }
    show: Any = tk.get_action("package_show")
    plain = show({**inner, "validate": False}, {"id": source_id})
    plain["with_custom_schema"] = show(dict(inner), {"id": source_id})
    PackageSearchIndex().index_package(plain, defer_commit=context.get("defer_commit", False))
    return True


@tk.chained_action
def harvest_jobs_run(up: Any, context: Any, data_dict: Any) -> Any:
    """As before; then what a dead worker left behind is sent again and old jobs are forgotten."""
    result = up(context, data_dict)
    if not data_dict.get("source_id"):
        jobs.resubmit()
        jobs.prune()
    return result


@tk.side_effect_free
@tk.chained_action
def harvest_source_show_status(up: Any, context: Any, data_dict: Any) -> Any:
    """As before; ``total_datasets`` counts all datasets of the source, not only the public ones."""
    result = up(context, data_dict)
    result["total_datasets"] = memory.datasets(str(data_dict["id"]))[0]
    return result


@tk.side_effect_free
@tk.chained_action
def harvest_job_report(up: Any, context: Any, data_dict: Any) -> Any:
    """As before, with ``remarks``: harvest object id → ``{"guid", "remarks": [texts]}``, what was left out of records
    that came."""
    tk.check_access("harvest_job_report", context, data_dict)
    result = up(context, data_dict)
    result["remarks"] = report.remarks_of(data_dict["id"])
    return result


def get_actions() -> dict[str, Any]:
    """All of them, for the plugin."""
    return {
        function.__name__: function
        for function in (
            package_create,
            package_update,
            harvest_source_clear,
            harvest_source_list,
            harvest_source_reindex,
            harvest_jobs_run,
            harvest_job_report,
            harvest_source_show_status,
        )
    }
