"""The search index after a bulk write: the documents of CKAN's own indexer, many in one request, made without a
`package_show` for each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType, SimpleNamespace
from typing import Any

import ckan.lib.plugins as lib_plugins
import ckan.lib.search.index as ckan_index
import ckan.logic as logic
import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.search.common import SearchIndexError, make_connection
from ckan.logic.schema import default_show_package_schema
from pysolr import SolrError

from ..access import shared as access
from . import dictize

CHUNK = 250


class _Collector:
    """Stands in for the connection to Solr, and keeps what the indexer would send."""

    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []

    def add(self, docs: list[dict[str, Any]], **_more: Any) -> None:
        self.documents += docs


def _indexer(collector: _Collector) -> Any:
    """CKAN's `index_package` with our collector for a connection: the same function, nothing of CKAN is replaced."""
    function = ckan_index.PackageSearchIndex.index_package
    names = {**function.__globals__, "make_connection": lambda: collector}
    bound = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    return lambda package: bound(SimpleNamespace(delete_package=lambda _package: None), package, True)


def documents(package_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The search documents of datasets, as CKAN makes them."""
    collector = _Collector()
    index = _indexer(collector)
    plugin = lib_plugins.lookup_package_plugin("dataset")
    # read together: what the dictization asks for one by one is then at hand
    packages = model.Session.query(model.Package).filter(model.Package.id.in_(package_ids)).all()
    with access.at_hand(package_ids):
        _add(packages, plugin, dictize.dictizer(package_ids), index)
    return collector.documents


def _add(packages: Sequence[model.Package], plugin: Any, dictized: Any, index: Callable[[dict[str, Any]], None]) -> None:
    shown = list(p.PluginImplementations(p.IResourceController))
    for package in packages:
        context: Any = {"model": model, "session": model.Session, "user": "", "ignore_auth": True, "package": package,
                        "use_cache": False, "validate": False}  # fmt: skip
        plain = dictized(package, context)
        for resource in plain["resources"]:
            for item in shown:
                item.before_resource_show(resource)
        default, _errors = lib_plugins.plugin_validate(object(), context, plain, _default(), "package_show")
        custom, _errors = lib_plugins.plugin_validate(plugin, context, plain, plugin.show_package_schema(), "package_show")
        logic.apply_after_dataset_show_plugins(context, custom)
        index({**default, "with_custom_schema": custom})


def _default() -> dict[str, Any]:
    """CKAN's schema without the question whether another dataset has the name: the database sees to that."""
    schema: Any = default_show_package_schema()
    unasked = tk.get_validator("package_name_validator")
    schema["name"] = [validator for validator in schema["name"] if validator is not unasked]
    return schema


def index_many(package_ids: Sequence[str], beat: Callable[[int], None]) -> None:
    """Bring the index up to date for many datasets; the last request commits, so that the next search finds them all.

    :param beat: told how many are done
    :raises SearchIndexError: Solr cannot be reached or refuses
    """
    taken: dict[str, Any] = {}
    for at in range(0, len(package_ids), CHUNK):
        part = package_ids[at : at + CHUNK]
        taken |= access.notes(part)
        found = documents(part)
        try:
            make_connection().add(docs=found, commit=False)
        except (SolrError, OSError) as problem:
            raise SearchIndexError(type(problem).__name__) from problem
        finally:
            # nothing was changed: the transaction ends and what was read is forgotten
            model.Session.rollback()
            model.Session.expunge_all()
        beat(at + len(part))
    try:
        make_connection().commit()
    except (SolrError, OSError) as problem:
        raise SearchIndexError(type(problem).__name__) from problem
    access.indexed(taken)
