"""``ckan datenplattform inventory import``"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import click
from werkzeug.datastructures import FileStorage

from ..core.i18n import N_, translate
from . import import_jobs
from .cli import inventory
from .problems import texts


@inventory.command("import", short_help="Import records from a spreadsheet")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--user", "name", help="Import as this person, with their rights. Without: as the operator.")
def import_(file: Path, dry_run: bool, name: str | None) -> None:
    """Import FILE (.xlsx or CSV in the form of the template): all or nothing. Exit code 1 when nothing was written."""
    with import_jobs.speaking(str(tk.config["ckan.locale_default"])):
        try:
            found = _import(file, dry_run, name)
        except tk.ValidationError as error:
            for text in texts(error):
                click.echo(f"! {text}", err=True)
            raise click.ClickException(translate(N_("Nothing was written."))) from error
        except tk.NotAuthorized as error:
            raise click.ClickException(translate(N_("Only those who keep records import them."))) from error
        report = found["report"] or {"counts": {}, "items": [], "problems": []}
        for item in report["items"]:
            for change in item["changes"]:
                click.echo(f"{item['row']}: {item['title']}: {change['label']}: {change['from']} → {change['to']}")
            for twin in item["twins"]:
                click.echo(f"{item['row']}: {item['title']}: {_hint(twin)}")
        for problem in report["problems"]:
            click.echo(f"! {problem['cell']}: {problem['text']}", err=True)
        counts = report["counts"]
        words = N_("Would create: %(create)s, change: %(change)s, unchanged: %(same)s, problems: %(problems)s")
        if not dry_run:
            words = N_("Created: %(create)s, changed: %(change)s, unchanged: %(same)s")
        click.echo(translate(words) % counts)
        if report["problems"]:
            raise SystemExit(1)


def _hint(twin: dict[str, Any]) -> str:
    """A likely twin in one line, with the address of its page."""
    if "row" in twin:
        return translate(N_("Perhaps the same as row %(row)s: %(title)s (%(likely)s)")) % twin
    address = tk.url_for("dp_inventory.read", name=twin["name"]) if twin["level"] == "all" else tk.url_for("dataset.read", id=twin["name"])
    return f"{translate(N_('Perhaps there already: %(title)s (%(likely)s)')) % twin} {tk.config['ckan.site_url']}{address}"


def _import(file: Path, dry_run: bool, name: str | None) -> Any:
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    if name is None:
        return tk.get_action("inventory_import")({"user": site, "ignore_auth": True}, {"path": str(file), "dry_run": dry_run})
    user = model.User.get(name)
    if user is None:
        raise click.ClickException(translate(N_("There is no account “%(name)s”.")) % {"name": name})
    with file.open("rb") as stream:
        upload = FileStorage(stream, filename=file.name)
        return tk.get_action("inventory_import")(
            {"user": user.name, "auth_user_obj": user}, {"upload": upload, "dry_run": dry_run}
        )
