"""Command `ckan datenplattform search conf`."""

from __future__ import annotations

from pathlib import Path

import click

from ..core.cli import datenplattform
from ..core.i18n import N_, translate
from . import conf


@datenplattform.group()
def search() -> None:
    """The search of the catalogue."""


@search.command(name="conf")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--words", type=click.Path(dir_okay=False, path_type=Path), default=conf.WORD_LIST, show_default=True, help="A list of German words."
)
@click.option("--synonyms", type=click.Path(dir_okay=False, exists=True, path_type=Path), help="Synonyms of your own.")
def write_conf(folder: Path, words: Path, synonyms: Path | None) -> None:
    """Write the schema and word lists of Solr into FOLDER, the folder conf of its core. Then restart Solr and rebuild the index."""
    if conf.write(folder, words, synonyms):
        click.echo(translate(N_("Written to %(folder)s.")) % {"folder": folder})
    else:
        text = N_("Written to %(folder)s. There is no word list at %(words)s: compounds are taken apart by a few words only.")
        click.echo(translate(text) % {"folder": folder, "words": words})
