"""Our compiled shapes against pySHACL with the official ones: one dataset, and all after 1 % of them changed.

The verdicts (focus node, path, severity) are compared first. The datasets are
those of Bremen's catalogue (beside the project, `DATENPLATTFORM_SHARED`), read and written by our profile; results of unchanged
datasets are kept in Redis, as in `ckan datenplattform dcat validate`.
"""

from __future__ import annotations

import copy
import hashlib
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from rdflib import Graph

from tests.dcat_ap_de.shapes import SHARED, official_verdict

from .claims import Claim

DATASETS = 300
ROUNDS = 3
Verdict = set[tuple[str, str, str]]


def claims() -> list[Claim]:
    """Equality first, then medians of alternating rounds."""
    from ckanext.datenplattform.dcat_ap_de.profile import defaults, graph_of

    given = defaults()
    datasets = _datasets()
    return [_one(datasets[0], graph_of(datasets[0], given)), _all(datasets, given)]


def _datasets() -> list[dict[str, Any]]:
    from ckanext.datenplattform.dcat_ap_de.shared import parse

    sources = [record.dataset for record in parse(SHARED / "catalogues" / "bremen.rdf") if record.dataset]
    found = []
    for number in range(DATASETS):
        dataset = copy.deepcopy(sources[number % len(sources)])
        dataset.pop("uri", None)
        for resource in dataset.get("resources") or []:
            resource.pop("uri", None)
        found.append({**dataset, "id": f"bench-{number}", "name": f"bench-{number}", "metadata_modified": "2026-11-20T08:00:00"})
    return found


def _one(dataset: dict[str, Any], graph: Graph) -> Claim:
    from ckanext.datenplattform.dcat_ap_de.validation.findings import judge
    from ckanext.datenplattform.dcat_ap_de.validation.index import Index

    _same(_ours([dataset]), _theirs(graph))
    theirs, ours = _alternate(lambda: _theirs(graph), lambda: judge(Index(graph)), 5)
    return Claim("one dataset: our shapes, pySHACL with the official ones", 1 / ours, 1 / theirs, 3, unit="datasets/s")


def _all(datasets: list[dict[str, Any]], given: Any) -> Claim:
    from ckanext.datenplattform.dcat_ap_de.profile import graph_of
    from ckanext.datenplattform.dcat_ap_de.validation import quality, store

    def check_all() -> dict[str, Any]:
        by_id = {dataset["id"]: dataset for dataset in datasets}
        stamps = [(id, _stamp(dataset)) for id, dataset in by_id.items()]
        return store.checked(stamps, lambda ids: [by_id[id] for id in ids], lambda dataset: quality.check(dataset, given))

    changes = iter(range(1_000_000))

    def change() -> None:
        number = next(changes)
        for dataset in datasets[:: len(datasets) // max(1, len(datasets) // 100)]:
            dataset["title"] = f"Neuer Titel {number}"

    whole = Graph()
    for dataset in datasets:
        graph_of(dataset, given, whole)
    check_all()
    change()
    results = check_all()
    whole = Graph()
    for dataset in datasets:
        graph_of(dataset, given, whole)
    found = {
        (finding.node, finding.property, finding.severity)
        for result in results.values()
        for finding in result.findings
        if not quality.is_own_rule(finding)
    }
    _same(found, _theirs(whole))
    theirs, ours = _alternate(lambda: _theirs(whole), check_all, ROUNDS, before_ours=change)
    return Claim(
        f"validating all {len(datasets)} after 1 % changed", len(datasets) / ours, len(datasets) / theirs, 20, unit="datasets/s"
    )


# what an earlier run left in Redis does not count
RUN = str(time.time_ns())


def _stamp(dataset: dict[str, Any]) -> str:
    """In the portal the database gives it (`export.public`) and it bears settings and version; here it is worked out."""
    text = RUN + json.dumps(dataset, sort_keys=True, default=str)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _ours(datasets: list[dict[str, Any]]) -> Verdict:
    from ckanext.datenplattform.dcat_ap_de.validation import quality

    found = (finding for dataset in datasets for finding in quality.check(dataset).findings)
    return {(each.node, each.property, each.severity) for each in found if not quality.is_own_rule(each)}


def _theirs(graph: Graph) -> Verdict:
    return {(str(node), " ".join(map(str, path)), severity.lower()) for node, path, severity in official_verdict(graph)}


def _same(ours: Verdict, theirs: Verdict) -> None:
    if ours != theirs:
        raise RuntimeError(f"only ours: {sorted(ours - theirs)[:5]}; only theirs: {sorted(theirs - ours)[:5]}")


def _alternate(
    theirs: Callable[[], Any], ours: Callable[[], Any], rounds: int, before_ours: Callable[[], None] = lambda: None
) -> tuple[float, float]:
    """Medians in seconds: (theirs, ours)."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for times, run in zip(found, (theirs, ours), strict=True):
            if run is ours:
                before_ours()
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
    return statistics.median(found[0]), statistics.median(found[1])
