"""``ckan datenplattform inventory reindex``"""

from __future__ import annotations

import click

from . import search
from .cli import inventory


@inventory.command("reindex", short_help="Build the search of the inventory anew")
def reindex() -> None:
    """Build the search of the inventory anew. The database keeps it fresh by itself: this is for after a restore
    without triggers, or a new version of PostgreSQL's dictionaries."""
    found = search.refresh()
    click.echo(f"{found['datasets']} datasets, {found['records']} records")
