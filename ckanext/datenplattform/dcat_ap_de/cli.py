"""``ckan datenplattform dcat …`` and ``ckan datenplattform vocabularies …``: the groups; what is in them stands in the
``cli_*`` modules.
"""

from __future__ import annotations

import click

from ..core.cli import datenplattform


@click.group("dcat", short_help="DCAT-AP.de: check and build the catalogue")
def dcat() -> None:
    """The catalogue in DCAT-AP.de."""


@click.group("vocabularies", short_help="Code lists of DCAT-AP.de")
def vocabularies() -> None:
    """The code lists of DCAT-AP.de."""


datenplattform.add_command(dcat)
datenplattform.add_command(vocabularies)
