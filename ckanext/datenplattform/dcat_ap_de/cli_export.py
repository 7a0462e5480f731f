"""``ckan datenplattform dcat rebuild``"""

from __future__ import annotations

import click

from ..core.i18n import N_, translate
from .cli import dcat
from .export import rebuild as building
from .export.formats import FORMATS


@dcat.command("rebuild", short_help="Write the whole catalogue anew")
@click.option("--format", "formats", multiple=True, type=click.Choice(list(FORMATS)), help="Only this format (repeatable).")
def rebuild(formats: tuple[str, ...]) -> None:
    """Write all public datasets anew for the export. Never needed for the truth: what is out of date is written anew on
    request; it saves the first client after a new version the time. Exit code 1 when another rebuild is under way."""

    def beat(name: str, done: int, count: int) -> None:
        click.echo(f"{name}: {done}/{count}")

    found = building.rebuild(formats or tuple(FORMATS), beat)
    if found is None:
        raise click.ClickException(translate(N_("The catalogue is being written anew already.")))
    click.echo(translate(N_("The catalogue is written anew: %(count)s datasets.")) % {"count": found})
