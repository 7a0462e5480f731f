"""``ckan datenplattform mqtt …``"""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

import ckan.model as model
import click
from ckanext.harvest.model import HarvestSource

from ckanext.datenplattform.core.cli import datenplattform
from ckanext.datenplattform.core.i18n import N_, translate

from . import report
from .consumer import Consumer
from .source import KIND

log = logging.getLogger(__name__)
#: Seconds between two looks for new sources.
LOOK = 5.0

NONE = N_("There is no MQTT source.")
CONNECTED = N_("connected since %(since)s")
NOT_CONNECTED = N_("not connected: %(error)s")
NO_CONSUMER = N_("nobody receives: no sign of life since %(seen)s")
COUNTS = N_(
    "%(received)s messages, %(written)s measurements written, %(staged)s waiting, %(refused)s unusable, %(unknown)s of unknown devices"
)
LAST = N_("last message: %(time)s")


@click.group("mqtt", short_help="Receive MQTT sources")
def mqtt() -> None:
    """MQTT sources: receive, look."""


@mqtt.command("run")
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@click.pass_context
def run(context: click.Context, names: tuple[str, ...]) -> None:
    """Receive these sources (default: all), also those that come later, until told to stop. Several such processes do no harm:
    of each source one receives, another takes over when it dies."""
    app = context.find_root().meta["flask_app"]
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    running: dict[str, tuple[threading.Thread, threading.Event]] = {}
    while not stop.is_set():
        try:
            wanted = {source_id for source_id, name in _sources() if not names or name in names or source_id in names}
        except Exception as error:
            # The database may be away for a while.
            log.warning("MQTT: the sources could not be listed: %s", type(error).__name__)
            wanted = set(running)
        finally:
            model.Session.remove()
        for source_id in wanted:
            if source_id not in running or not running[source_id][0].is_alive():
                end = threading.Event()
                thread = threading.Thread(target=_receive, args=(app, source_id, end), name=f"mqtt-{source_id}")
                running[source_id] = (thread, end)
                thread.start()
        for source_id in [known for known in running if known not in wanted]:
            running.pop(source_id)[1].set()
        stop.wait(LOOK)
    for _, end in running.values():
        end.set()
    for thread, _ in running.values():
        thread.join(30)


def _receive(app: Any, source_id: str, stop: threading.Event) -> None:
    with app.app_context():
        Consumer(source_id, stop).run()


@mqtt.command("status")
def status() -> None:
    """How the consumers are; exit code 1 when one is not connected."""
    found, well = _sources(), True
    if not found:
        click.echo(translate(NONE))
    for source_id, name in found:
        state = report.status(source_id)
        if not state["alive"]:
            text = translate(NO_CONSUMER) % {"seen": state["seen"] or "–"}
        elif state["connected"]:
            text = translate(CONNECTED) % {"since": state["connected_since"]}
        else:
            text = translate(NOT_CONNECTED) % {"error": state["error"] or "–"}
        well = well and state["connected"]
        click.echo(f"{name}: {text}")
        click.echo(f"  {translate(COUNTS) % state}; {translate(LAST) % {'time': state['last_message'] or '–'}}")
    if not well:
        raise SystemExit(1)


def _sources() -> list[tuple[str, str]]:
    """Id and name of the MQTT sources that are switched on, and whose package is there."""
    query: Any = model.Session.query(HarvestSource.id, model.Package.name).join(model.Package, model.Package.id == HarvestSource.id)
    query = query.filter(HarvestSource.type == KIND, HarvestSource.active.is_(True), model.Package.state == "active")
    return [(source_id, name) for source_id, name in query.order_by(model.Package.name)]


datenplattform.add_command(mqtt)
