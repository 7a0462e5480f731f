"""Commands `ckan datenplattform timeseries …`."""

from __future__ import annotations

import click

from ..core.cli import datenplattform
from ..core.i18n import N_, translate
from . import retention, shared


@datenplattform.group()
def timeseries() -> None:
    """Series of measurements."""


@timeseries.command()
def thin() -> None:
    """Remove single values that are older than they are kept; rollups stay. For a daily timer."""
    counts = retention.thin()
    click.echo(translate(N_("Removed: %(rows)s values of %(series)s series; remains of %(orphans)s deleted tables.")) % counts)


@timeseries.command()
@click.argument("resource_id")
@click.argument("days")
@click.option("--stream", help="Only this series.")
def keep(resource_id: str, days: str, stream: str | None) -> None:
    """Keep single values of RESOURCE_ID for DAYS days; "all": for ever, "default": as the setting says."""
    if not (days.isdecimal() and int(days) > 0) and days not in ("all", "default"):
        raise click.BadParameter(days, param_hint="DAYS")
    wanted = {"all": 0, "default": None}[days] if days in ("all", "default") else int(days)
    count = retention.keep(resource_id, wanted, stream)
    if not count:
        raise click.ClickException(translate(N_("There is no such series.")))
    click.echo(translate(N_("Noted for %(count)s series.")) % {"count": count})


@timeseries.command()
@click.argument("resource_id")
def rebuild(resource_id: str) -> None:
    """Compute the rollups of RESOURCE_ID anew, after rows were written past the platform or the time zone was changed."""
    shared.rebuild_rollups(resource_id)
