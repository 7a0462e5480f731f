"""``ckan datenplattform dcat validate``"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import click
from rdflib import Graph, Namespace

from ..core.i18n import N_, translate
from .cli import dcat
from .export import public
from .logic import quality
from .profile import graph_of
from .validation.check import as_text, told
from .validation.quality import check

SH = Namespace("http://www.w3.org/ns/shacl#")
SUMMARY = N_("%(datasets)s datasets: %(violations)s violations, %(warnings)s warnings.")
UNKNOWN = N_("There is no dataset “%(name)s”.")
NO_SHAPES = N_("There are no shapes (*.ttl) in this folder.")
NOT_INSTALLED = N_("To check by other shapes, please install pySHACL: pip install pyshacl")


@dcat.command("validate", short_help="Check datasets against DCAT-AP.de")
@click.argument("datasets", nargs=-1, metavar="[DATASET]…")
@click.option(
    "--shapes",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with other shapes (*.ttl), which pySHACL then judges by.",
)
def validate(datasets: tuple[str, ...], shapes: Path | None) -> None:
    """Check DATASETs (ids or names), or all published ones, by our rules or by --shapes. Exit code 1 on violations."""
    named = [_dataset(name) for name in datasets]
    counts = _by_shapes(named or _all(), shapes) if shapes else _by_our_rules(named)
    click.echo(
        translate(SUMMARY)
        % {"datasets": counts["datasets"], "violations": counts["violation"], "warnings": counts["warning"]}
    )
    if counts["violation"]:
        raise SystemExit(1)


def _dataset(name: str) -> dict[str, Any]:
    try:
        return tk.get_action("package_show")({"ignore_auth": True, "user": ""}, {"id": name})  # type: ignore[arg-type]
    except tk.ObjectNotFound as error:
        raise click.ClickException(translate(UNKNOWN) % {"name": name}) from error


def _all() -> list[dict[str, Any]]:
    found, _newest = public.datasets()
    return quality.public_dicts([one.id for one in found])


def _by_our_rules(named: list[dict[str, Any]]) -> Counter[str]:
    """Named ones anew; all with what did not change taken from memory."""
    if named:
        results = {dataset["id"]: check(dataset) for dataset in named}
        by_id = {dataset["id"]: dataset for dataset in named}
    else:
        results = quality.catalogue()
        by_id = {dataset["id"]: dataset for dataset in quality.public_dicts([id for id in results if told(results[id].findings)])}
    counts = Counter({"datasets": len(results)})
    for id, result in results.items():
        for finding in told(result.findings):
            counts[finding.severity] += 1
            mark = "!" if finding.severity == "violation" else "-"
            click.echo(f"{mark} {by_id[id]['name']}: {as_text(finding, by_id[id])}")
    return counts


def _by_shapes(datasets: list[dict[str, Any]], folder: Path) -> Counter[str]:
    try:
        from pyshacl import validate as judge
    except ModuleNotFoundError as error:
        raise click.ClickException(translate(NOT_INSTALLED)) from error
    files = sorted(folder.glob("*.ttl"))
    if not files:
        raise click.ClickException(translate(NO_SHAPES))
    shapes, graph = Graph(), Graph()
    for path in files:
        shapes.parse(path, format="turtle")
    for dataset in datasets:
        graph += graph_of(dataset)
    _conforms, report, _text = judge(graph, shacl_graph=shapes, inference="none", advanced=False)
    counts = Counter({"datasets": len(datasets)})
    for result in sorted(report.subjects(SH.resultSeverity), key=lambda node: str(report.value(node, SH.focusNode))):  # type: ignore[union-attr]
        severity = str(report.value(result, SH.resultSeverity)).rsplit("#", 1)[-1].lower()  # type: ignore[union-attr]
        counts[severity] += 1
        focus, path, text = (report.value(result, part) for part in (SH.focusNode, SH.resultPath, SH.resultMessage))  # type: ignore[union-attr]
        click.echo(f"{'!' if severity == 'violation' else '-'} {focus} {path}: {text}")
    return counts
