"""``ckan datenplattform alerts …``"""

from __future__ import annotations

import os
import signal

import click

from ...core.cli import datenplattform
from ...core.i18n import N_, translate
from . import run as running

DONE = N_("Rules that could not be judged: %(failed)s; messages that wait: %(waiting)s.")


@click.group("alerts", short_help="Alerts of series")
def alerts() -> None:
    """Alerts: judge the rules of series, send what is due."""


@alerts.command("run")
@click.option("--every", type=click.FloatRange(1, 3600), default=30, show_default=True, help="Seconds between two looks at all rules.")
@click.option("--once", is_flag=True, help="One look, then end: for a timer (cron). Exit code 1 when a rule could not be judged.")
def run(every: float, once: bool) -> None:
    """Judge rules as soon as values come, missing values by the clock, and send mails and webhooks; runs until it is told to stop."""
    if once:
        failed, waiting = running.once()
        click.echo(translate(DONE) % {"failed": failed, "waiting": waiting})
        if failed:
            raise SystemExit(1)
        return
    reading, writing = os.pipe()
    stopped: list[int] = []

    def stop(number: int, _frame: object) -> None:
        stopped.append(number)
        os.write(writing, b".")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    running.forever(every, lambda: bool(stopped), reading)


datenplattform.add_command(alerts)
