"""Commands `ckan datenplattform forecast …`."""

from __future__ import annotations

import click

from ...core.cli import datenplattform
from ...core.i18n import N_, translate
from . import run as work


@datenplattform.group()
def forecast() -> None:
    """Forecasts of free bays."""


@forecast.command()
def run() -> None:
    """Score forecasts that have come due and make new ones. For a timer, every quarter of an hour."""
    counts = work.run()
    said = N_("%(series)s bays: %(scored)s forecasts scored, %(made)s made, %(removed)s old ones removed.")
    click.echo(translate(said) % counts)
