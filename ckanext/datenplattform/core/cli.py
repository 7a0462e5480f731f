"""The one command group ``ckan datenplattform`` to which every room adds its own, and core's commands in it.

A room's ``cli.py`` does ``datenplattform.add_command(group)`` and its plugin returns ``[datenplattform]`` from
``IClick.get_commands``: the object is the same everywhere, so several plugins may give it to CKAN.
"""

from __future__ import annotations

from pathlib import Path

import click

from . import loader
from . import municipality as municipalities
from .errors import PlatformError
from .i18n import N_, translate

WHAT = {
    "organisation": N_("Organisations"),
    "account": N_("Accounts"),
    "role": N_("Tasks and seats"),
    "source": N_("Sources"),
}
RESULTS = {
    "created": N_("created"),
    "updated": N_("updated"),
    "unchanged": N_("unchanged"),
    "revoked": N_("ended"),
}


@click.group("datenplattform", short_help="Kommunale Datenplattform")
def datenplattform() -> None:
    """Commands of the Kommunale Datenplattform."""


@datenplattform.group()
def municipality() -> None:
    """The municipality this portal runs for."""


@municipality.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def check(file: Path | None) -> None:
    """Read FILE (default: the configured one) and say what is wrong with it."""
    town = _read(file)
    click.echo(
        translate(N_("%(title)s: %(units)s units, %(districts)s districts, %(sources)s sources, no fault."))
        % {
            "title": town.title,
            "units": len(list(town.units())),
            "districts": len(town.districts),
            "sources": len(town.sources),
        }
    )


@municipality.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--accounts",
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSON file with passwords; missing ones are made and written there. Also makes the accounts of the demo.",
)
@click.option("--reset-passwords", is_flag=True, help="New passwords for accounts whose password the file lacks.")
@click.option("--revoke", is_flag=True, help="End seats and tasks that the file does not name.")
def load(file: Path | None, accounts: Path | None, reset_passwords: bool, revoke: bool) -> None:
    """Create or update organisations, accounts, seats and sources from FILE (default: the configured one)."""
    town = _read(file)
    try:
        report = loader.load(town, accounts, reset_passwords=reset_passwords, revoke=revoke)
    except PlatformError as error:
        raise click.ClickException(error.message) from error
    for what, title in WHAT.items():
        numbers = [
            f"{report.counts[what, result]} {translate(text)}"
            for result, text in RESULTS.items()
            if report.counts[what, result]
        ]
        if numbers:
            click.echo(f"{translate(title)}: {', '.join(numbers)}")
    for note in report.notes:
        click.echo(f"! {note}")


def _read(file: Path | None) -> municipalities.Municipality:
    try:
        return municipalities.load(file) if file else municipalities.current()
    except PlatformError as error:
        raise click.ClickException(error.message) from error
