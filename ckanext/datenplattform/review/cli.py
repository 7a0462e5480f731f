"""``ckan datenplattform review …``"""

from __future__ import annotations

import ckan.model as model
import click

from ..core.cli import datenplattform
from ..core.clock import utcnow
from ..core.i18n import N_, translate
from . import due as deadlines
from . import forget as erasure
from . import post, proof
from .events import Head

VERIFIED = N_("The record stands: %(number)s events, the last one has the hash %(hash)s.")
EMPTY = N_("The record stands: there is no event yet.")
BROKEN = N_("The record is broken. %(where)s")
HEAD_FORM = N_("Please give the head as in the minutes: number and hash, with a colon between them.")
FORGOTTEN = N_("Erased. In the record the person is now only “%(key)s”.")


@click.group("review", short_help="The review board")
def review() -> None:
    """The review board: prove its record, erase a person, do what is due."""


@review.command("verify", short_help="Prove the record of all decisions")
@click.option("--head", metavar="NUMBER:HASH", help="The head of the chain as earlier minutes name it; must still be part of it.")
def verify(head: str | None) -> None:
    """Prove the chain of events, and that every vote, case and release is in it. Prints number and hash of the last
    event, for the minutes. Exit code 1 with the first break."""
    try:
        found = proof.verify(_head(head) if head else None)
    except proof.Broken as broken:
        click.echo(translate(BROKEN) % {"where": broken}, err=True)
        raise SystemExit(1) from None
    click.echo(translate(VERIFIED) % {"number": found.number, "hash": found.hash} if found.number else translate(EMPTY))


def _head(text: str) -> Head:
    number, _, value = text.partition(":")
    if not number.isdigit() or not value:
        raise click.ClickException(translate(HEAD_FORM))
    return Head(int(number), value)


@review.command("forget", short_help="Erase a person from the record")
@click.argument("user")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(user: str, yes: bool) -> None:
    """Erase USER (name or id of a deleted account): who it was, and what he or she wrote. The decisions stay proved."""
    if not yes:
        click.confirm(translate(N_("This cannot be undone. Go on?")), abort=True)
    try:
        key = erasure.forget(user)
    except erasure.NotForgotten as problem:
        raise click.ClickException(problem.message) from problem
    model.Session.commit()
    click.echo(translate(FORGOTTEN) % {"key": key})


@review.command("due", short_help="Do what is due: releases, reminders, deadlines")
def due() -> None:
    """Release what was approved for a date that has come, remind members of deadlines, tell the lead what is overdue, close
    what has expired; then send the mails that wait, and once a day the daily ones. Run it every hour; running it more often
    does nothing twice. Exit code 1 when something failed."""
    counts = deadlines.run()
    waiting = post.deliver() + post.digests(utcnow())
    if waiting:
        counts["mails waiting for the mail server"] = waiting
    click.echo(", ".join(f"{number} {what}" for what, number in sorted(counts.items())) or "nothing due")
    if counts["failed"]:
        raise SystemExit(1)


datenplattform.add_command(review)
