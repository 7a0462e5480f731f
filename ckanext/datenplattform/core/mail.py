"""Mails: plain text, in the portal's language, through CKAN's mailer. Neither addresses nor titles get into the log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Protocol

import ckan.lib.mailer as mailer
import ckan.plugins.toolkit as tk
import jinja2
from babel.dates import format_date
from redis.exceptions import RedisError

from .i18n import N_, translate

log = logging.getLogger(__name__)
MOST_TITLES = 50
_sending = threading.local()


class Person(Protocol):
    """Whoever gets a mail: a user, or a name with an address."""

    @property
    def email(self) -> Any: ...
    @property
    def name(self) -> Any: ...


class NotSent(Exception):
    """The mail server did not take it."""


def _others(_: logging.LogRecord) -> bool:
    """CKAN's mailer writes every address, also with each fault, into the log: not those of ours."""
    return not getattr(_sending, "now", False)


@contextmanager
def _quiet() -> Iterator[None]:
    logger = logging.getLogger(mailer.__name__)
    if _others not in logger.filters:
        logger.addFilter(_others)
    _sending.now = True
    try:
        yield
    finally:
        _sending.now = False


def address(endpoint: str, **values: Any) -> str:
    """The full address of a page."""
    return str(tk.url_for(endpoint, qualified=True, locale="default", **values))


def day(value: date) -> str:
    """A day as people write it, in the portal's language: no reader's is known here."""
    return format_date(value, "long", locale=str(tk.config.get("ckan.locale_default") or "de"))


def bullets(titles: list[str]) -> str:
    """Titles one under the other, each on one line; a long list is cut, and says so."""
    lines = [f"- {' '.join(title.split())}" for title in titles[:MOST_TITLES]]
    more = len(titles) - MOST_TITLES
    return "\n".join([*lines, f"- … (+{more})"] if more > 0 else lines)


def say(text: str, **values: Any) -> str:
    """A text of a mail in the portal's language, with its values."""
    found = translate(text)
    return found % values if values else found


def written(template: str, facts: dict[str, Any]) -> tuple[str, list[str]]:
    """Subject (the first line) and paragraphs of a mail from a template, which a municipality may have put its own beside."""
    # in the background there is no request, from whose language CKAN's own environment could tell
    found = jinja2.FileSystemLoader(tk.config["computed_template_paths"])
    environment = jinja2.Environment(loader=found, undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - plain text
    text = environment.get_template(template).render(**facts, _=say)
    subject, *parts = [part.strip() for part in text.split("\n\n") if part.strip()]
    return subject, parts


def send(to: Person, subject: str, parts: list[str]) -> bool:
    """Send a mail of these paragraphs. False: this portal sends no mail (no `smtp.server`).

    :raises NotSent: the mail server did not take it; the message says neither address nor content
    """
    if not tk.config.get("smtp.server"):
        return False
    end = translate(N_("This message comes from the data platform of %(title)s. Please do not answer it."))
    text = "\n\n".join([*parts, "-- \n" + end % {"title": tk.config.get("ckan.site_title") or ""}])
    try:
        with _quiet():
            mailer.mail_recipient(to.name, to.email, " ".join(subject.split()), text + "\n")
    except (mailer.MailerException, OSError, ValueError) as problem:
        # what the mailer says holds the address
        raise NotSent(type(problem).__name__) from None
    return True


def later(job: Any, *arguments: str) -> None:
    """Send in the background, tried again while the mail server is away; a request never waits for it."""
    from rq import Retry

    retry = Retry(max=10, interval=[10, 60, 300, 1800])
    try:
        tk.enqueue_job(job, list(arguments), title="datenplattform mail", rq_kwargs={"retry": retry})
    except (RedisError, OSError) as problem:
        log.warning("no job to send a mail: %s", type(problem).__name__)
