"""``ckan datenplattform vocabularies check``"""

from __future__ import annotations

from pathlib import Path

import click

from ..core.i18n import N_, translate
from . import vocabulary_check
from .cli import vocabularies
from .vocabulary import names, vocabulary


@vocabularies.command("check", short_help="Check the code lists")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path | None) -> None:
    """Check our code lists: codes, addresses, labels, source and date; with FOLDER compare them with the official files
    in it (RDF). Exit code 1 when something is wrong."""
    for name in names():
        words = vocabulary(name)
        click.echo(f"{name}: {len(words.concepts)} ({words.date}, {words.source})")
    problems = vocabulary_check.check(folder)
    for problem in problems:
        click.echo(f"! {problem}", err=True)
    if problems:
        raise SystemExit(1)
    click.echo(translate(N_("The code lists are in order.")))
