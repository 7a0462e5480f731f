"""The loop of one source: connect, collect, write, acknowledge. Whatever fails, the connection is dropped and made anew: the broker
delivers again what was not acknowledged. So there is one way back from every fault, and it is the same.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from typing import Any

import ckan.model as model

from ckanext.datenplattform.core.errors import ConfigurationError, PlatformError
from ckanext.datenplattform.core.i18n import N_, translate

from ...core.clock import utcnow
from .. import locks, sources
from ..language import site_language
from ..report import no_room
from ..settings import Invalid
from . import config, keeping, report
from .formats import TTN, default_topics
from .keeping import Setup
from .link import Broker, Link, Message

log = logging.getLogger(__name__)

#: A batch is written when so many messages wait, when the oldest has waited so long, or when no other has come for a moment. The moment is
#: short because a broker sends only so many messages (mosquitto: 20) before the first is acknowledged.
BATCH, SECONDS, MOMENT = 2_000, 0.25, 0.005
#: Seconds between two looks for changed settings and devices, and signs of life.
TICK = 3.0
#: Seconds until the next try, at least and at most.
SOONEST, LATEST = 1.0, 60.0
#: Messages without acknowledgement (QoS 0) that are kept over a break.
LEFT_OVER = 10_000

UNEXPECTED = N_(
    "An unexpected error occurred (%(reason)s). No message is lost: the broker keeps them. The operator finds details in the log."
)
NO_ROOM = N_("There is no room left on the database server. No message is lost: the broker keeps them. Please tell the operator.")
NO_TOPICS = N_("There is nothing to subscribe to yet: please name topics in the settings of the source, or devices.")


class _Changed(Exception):
    """Settings or devices are others now."""


class Consumer:
    """Receives one source until ``stop`` is set."""

    def __init__(self, source_id: str, stop: threading.Event) -> None:
        self.source_id = source_id
        self.stop = stop
        self._pause = SOONEST
        self._known: tuple[Any, ...] = ()
        self._left: list[Message] = []

    def run(self) -> None:
        """Never raises."""
        while not self.stop.is_set():
            wait = 0.0
            try:
                with locks.tried("mqtt", self.source_id) as alive:
                    if alive is None:
                        # Another process receives this source; this one takes over when it dies.
                        wait = SOONEST
                    else:
                        self._receive(alive)
            except _Changed:
                pass
            except Exception as error:
                self._tell(error)
                wait = self._pause * random.uniform(0.7, 1.3)  # noqa: S311 - so that many do not come back at once
                self._pause = min(self._pause * 2, LATEST)
            finally:
                _forget_session()
            self.stop.wait(wait)
        self._leave()

    def _receive(self, alive: Any) -> None:
        now = keeping.version(self.source_id)
        if not now:
            self.stop.set()
            return
        setup = keeping.prepare(self.source_id, datasets=now != self._known)
        self._known = setup.version
        topics = setup.source.settings["topics"] or default_topics(setup.source.settings["format"], list(setup.targets))
        if not topics:
            raise ConfigurationError(NO_TOPICS)
        with Link(broker(setup), topics, report.topics(self.source_id)) as link:
            report.state(self.source_id, connected_since=utcnow(), error="", topics=link.topics)
            log.info("MQTT source %s: connected to %s", setup.source.title, link.host)
            self._pause = SOONEST
            self._loop(setup, link, alive)

    def _loop(self, setup: Setup, link: Link, alive: Any) -> None:
        waiting, self._left = self._left, []
        began, looked = time.monotonic(), time.monotonic()
        try:
            while not self.stop.is_set():
                link.poll(MOMENT if waiting else 0.2)
                new = link.take()
                if new and not waiting:
                    began = time.monotonic()
                waiting += new
                if waiting and (not new or len(waiting) >= BATCH or time.monotonic() - began >= SECONDS):
                    keeping.keep(setup, waiting)
                    done, waiting = waiting, []
                    link.acknowledge(done)
                if time.monotonic() - looked >= TICK:
                    looked = time.monotonic()
                    alive()
                    report.state(self.source_id)
                    if keeping.version(self.source_id) != setup.version:
                        raise _Changed
            if waiting:
                keeping.keep(setup, waiting)
                done, waiting = waiting, []
                link.acknowledge(done)
        finally:
            # Nobody delivers these again.
            self._left = [message for message in (*waiting, *link.take()) if message.qos == 0][-LEFT_OVER:]

    def _tell(self, error: Exception) -> None:
        """On the source's page, if the database can be reached."""
        with site_language():
            if isinstance(error, PlatformError):
                text = error.message
                log.warning("MQTT source %s: %s", self.source_id, text)
            elif isinstance(error, Invalid):
                text = str(error)
            else:
                log.error("MQTT source %s: unexpected error", self.source_id, exc_info=error)
                text = translate(NO_ROOM) if no_room(error) else translate(UNEXPECTED) % {"reason": type(error).__name__}
        try:
            model.Session.rollback()
            report.state(self.source_id, connected_since=None, error=text)
        except Exception as second:
            log.warning("MQTT source %s: the error could not be noted: %s", self.source_id, type(second).__name__)

    def _leave(self) -> None:
        try:
            report.state(self.source_id, connected_since=None)
        except Exception as error:
            log.warning("MQTT source %s: the end could not be noted: %s", self.source_id, type(error).__name__)
        finally:
            _forget_session()


def _forget_session() -> None:
    try:
        model.Session.remove()
    except Exception as error:
        # Its connection is gone, so it cannot be closed in good order: the next one is a new one.
        log.info("MQTT: a lost session was dropped: %s", type(error).__name__)
        model.Session.registry.clear()


def broker(setup: Setup) -> Broker:
    """How the broker of a source is reached. Raises ConfigurationError for a secret or certificate that the ini file lacks."""
    given = setup.source.settings
    return Broker(
        url=setup.source.url,
        client_id=given["client_id"] or f"datenplattform-{setup.source.id[:12]}",
        user=given["user"],
        password=sources.secret(given["access_key"]) if given["access_key"] else "",
        ca=config.certificate(given["ca"]) if given["ca"] else "",
        # The Things Stack: https://www.thethingsindustries.com/docs/integrations/other-integrations/mqtt/
        version=3 if given["format"] == TTN else int(given["version"]),
    )
