"""The one command group ``ckan datenplattform`` to which every room adds its own.

A room's ``cli.py`` does ``datenplattform.add_command(group)`` and its plugin returns ``[datenplattform]`` from
``IClick.get_commands``: the object is the same everywhere, so several plugins may give it to CKAN.
"""

from __future__ import annotations

import click


@click.group("datenplattform", short_help="Kommunale Datenplattform")
def datenplattform() -> None:
    """Commands of the Kommunale Datenplattform."""
