"""``ckan datenplattform inventory …``"""

from __future__ import annotations

import click

from ..core.cli import datenplattform
from . import remind as reminders


@click.group("inventory", short_help="The Dateninventur")
def inventory() -> None:
    """The Dateninventur: reminders and imports."""


@inventory.command("remind", short_help="Send reminders by mail")
def remind() -> None:
    """Send what is to be sent: records that have to be confirmed, what is long overdue, rounds. Run it once a day;
    running it more often sends nothing twice. Exit code 1 when the mail server did not take a mail."""
    counts = reminders.run()
    click.echo(f"{counts['sent']} sent, {counts['skipped']} sent lately, {counts['failed']} failed")
    if counts["no_server"]:
        click.echo(f"{counts['no_server']} not sent: smtp.server is not set")
    if counts["failed"]:
        raise SystemExit(1)


datenplattform.add_command(inventory)
