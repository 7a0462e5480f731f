"""``ckan datenplattform harvest …``"""

from __future__ import annotations

import json
import logging
import signal
import threading
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import click
from ckanext.harvest.logic import HarvestJobExists

from ckanext.datenplattform.core.cli import datenplattform
from ckanext.datenplattform.core.errors import PlatformError

from . import config, jobs, preview, settings, sources

log = logging.getLogger(__name__)


@click.group("harvest", short_help="Run harvest sources")
def harvest() -> None:
    """Harvest sources: run, schedule, look."""


@harvest.command("run")
@click.argument("source")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def run(source: str, dry_run: bool) -> None:
    """Harvest SOURCE (name or id) here and now: list, fetch and import in this process."""
    package = model.Package.get(source)
    if package is None or package.type != "harvest":
        raise click.ClickException(f"no such source: {source}")
    try:
        if dry_run:
            click.echo(json.dumps(_look(package.id), ensure_ascii=False, indent=2))
            return
        job = jobs.run_source(package.id)
    except HarvestJobExists:
        raise click.ClickException("a job of this source is under way") from None
    except (PlatformError, settings.Invalid) as error:
        raise click.ClickException(str(error)) from error
    stats = job["stats"]
    click.echo(
        f"{package.name}: {stats['added']} new, {stats['updated']} changed, {stats['not modified']} unchanged, "
        f"{stats['deleted']} vanished, {stats['errored']} errors"
    )
    for error in job["gather_error_summary"] + job["object_error_summary"]:
        click.echo(f"  {error['error_count']} × {error['message']}")
    if job["gather_error_summary"]:
        raise SystemExit(1)


def _look(source_id: str) -> dict[str, Any]:
    from ckanext.harvest.model import HarvestSource

    return preview.preview(sources.load(HarvestSource.get(source_id)))


@harvest.command("schedule")
@click.option("--every", type=int, help="Seconds between two looks; default: ckanext.datenplattform.harvesters.schedule_seconds.")
def schedule(every: int | None) -> None:
    """Start what is due, close what is done, bring back what was lost; runs until it is told to stop. In place of a
    cron job."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while True:
        try:
            context: Any = {
                "user": sources.site_user(),
                "ignore_auth": True,
                "model": model,
                "session": model.Session,
            }
            tk.get_action("harvest_jobs_run")(context, {})
        except Exception:
            # The database or Redis may be away for a while: the next look comes in any case.
            log.exception("harvest schedule")
            model.Session.rollback()
        finally:
            model.Session.remove()
        if stop.wait(every or config.schedule_seconds()):
            return


@harvest.command("resubmit")
def resubmit() -> None:
    """Send jobs and records again that a dead worker or an emptied queue has left behind."""
    sent = jobs.resubmit()
    click.echo(f"{sent['jobs']} jobs, {sent['objects']} records sent again")


datenplattform.add_command(harvest)
