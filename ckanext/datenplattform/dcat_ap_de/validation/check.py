"""`validate`: the findings of one dataset, and of all with what did not change taken from memory."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from typing import Any

from rdflib import URIRef
from rdflib.term import Node

from ckanext.datenplattform.core.i18n import N_, translate

from ..defaults import Defaults
from .findings import EXPECTED, Finding, findings
from .index import Index

IN_FILE = N_("File %(number)s “%(name)s”: %(message)s")


def validate(dataset: dict[str, Any], given: Defaults | None = None) -> list[Finding]:
    """What is wrong with a dataset, as it is written for others (DCAT-AP.de 3.0 with what it keeps of DCAT-AP 3, the
    conventions that still hold, high-value datasets).

    `dataset` is a dict as `package_show` gives it, or as our form or a harvester makes it; `given` fills its gaps
    (None: the municipality's). In the reader's language. Reads no database and asks nobody.
    """
    _index, _node, found = examine(dataset, given)
    return found


def examine(dataset: dict[str, Any], given: Defaults | None = None) -> tuple[Index, Node, list[Finding]]:
    """The dataset as it is written for others, its address in that, and what `validate` says of it."""
    from ..export.triples import Triples
    from ..profile import defaults, graph_of

    whole, given = unfolded(dataset), given or defaults()
    node = URIRef(given.dataset_uri(whole))
    index = Index(graph_of(whole, given, Triples()))
    return index, node, findings(index, node, given.resource_uris(whole, node), whole)


def unfolded(dataset: dict[str, Any]) -> dict[str, Any]:
    """A dict whose lists are lists: forms, and what is kept before it is stored, hold them as JSON text."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(item) for item in value]
        if isinstance(value, dict):
            return unfolded(value)
        if isinstance(value, str) and value.startswith("["):
            with contextlib.suppress(ValueError):
                found = json.loads(value)
                return found if isinstance(found, list) else value
        return value

    return {key: plain(value) for key, value in dataset.items()}


def told(found: Iterable[Finding]) -> list[Finding]:
    """What a person is told: no mere hints, nothing that nobody can change, nothing twice; the worst first."""
    once = {}
    for finding in found:
        if finding.severity != "info" and finding.shape not in EXPECTED:
            once.setdefault((finding.field, finding.resource, finding.message), finding)
    return sorted(once.values(), key=lambda finding: finding.severity != "violation")


def as_text(finding: Finding, dataset: dict[str, Any]) -> str:
    """The message; for one of a file with the file's name."""
    if finding.resource is None:
        return finding.message
    resources = dataset.get("resources") or []
    known = resources[finding.resource] if finding.resource < len(resources) else {}
    return translate(IN_FILE) % {
        "number": finding.resource + 1,
        "name": known.get("name") or known.get("url") or "",
        "message": finding.message,
    }


def findings_as_text(dataset: dict[str, Any]) -> list[str]:
    """What a person is told about a dataset, as sentences, the worst first."""
    return [as_text(finding, dataset) for finding in told(validate(dataset))]
