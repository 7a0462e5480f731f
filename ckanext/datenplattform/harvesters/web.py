"""How a protocol talks to its source: through the guarded client, within the limits of one run."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from ckanext.datenplattform.core import config, http
from ckanext.datenplattform.core.errors import SourceError, SourceFormat, SourceStatus, SourceTooLarge
from ckanext.datenplattform.core.i18n import N_

UNSAFE_XML = N_("The source %(host)s delivered XML with a DTD or entities. For safety such XML is not read.")
EMPTY = N_("The source %(host)s delivered an empty answer instead of %(expected)s.")
REPEATS = N_("The source %(host)s delivers the same page again and again; the list would never end.")
TOO_MANY = N_("The source %(host)s lists more than the %(limit)s records allowed (setting “%(setting)s”).")
MEGABYTE = 1_000_000


class Repeats(SourceError):
    """Pages that lead back to themselves."""

    template = REPEATS


class Exhausted(SourceTooLarge):
    """All answers of one run together are larger than allowed."""

    template = N_("The source %(host)s delivered more than the %(megabytes)s MB allowed in one run. What was read is kept.")


class TooMany(SourceError):
    """More records than allowed."""

    template = TOO_MANY


class Web:
    """Requests of one step of a job; a context manager. ``max_bytes``: what all answers together may weigh, unpacked.

    ``key``: sent as bearer token, only to ``host``. ``waited`` sums the seconds spent on answers, ``requests`` counts
    them. All methods raise `SourceError`.
    """

    def __init__(self, max_bytes: int, *, host: str = "", key: str = "") -> None:
        self._host = host
        self._key = key
        self._left = max_bytes
        self._limit = max_bytes
        self._session = http.session()
        self.requests = 0
        self.waited = 0.0
        # Who asks for a page ahead does so in a thread of its own: still one request at a time.
        self._alone = threading.Lock()

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(
        self, url: str, params: Mapping[str, Any] | None = None, accept: str | None = None, headers: Mapping[str, str] | None = None
    ) -> http.Fetched:
        """The whole answer to a GET."""
        with self._alone:
            return self._get(url, params, accept, headers)

    def send(self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> http.Fetched:
        """The answer to a POST, PATCH or DELETE with ``body`` as JSON. A redirect is not followed. Raises `SourceStatus` from 300 on."""
        host = http.host_of(url)
        given = {**(headers or {}), **({"Authorization": f"Bearer {self._key}"} if self._key and host == self._host else {})}
        budget = http.new_budget(url, max_bytes=min(config.max_bytes(), MEGABYTE))
        with self._alone:
            answer = self._session.request(method, url, json=body, headers=given, allow_redirects=False, budget=budget)
        self.requests += 1
        if answer.status_code >= 300:
            raise SourceStatus(host, status=answer.status_code)
        return http.Fetched(answer.url, answer.status_code, answer.headers, answer.content, len(answer.content))

    def _get(self, url: str, params: Mapping[str, Any] | None, accept: str | None, given: Mapping[str, str] | None) -> http.Fetched:
        began = time.monotonic()
        allowed = min(config.max_bytes(), self._left)
        headers = {**(given or {}), **({"Authorization": f"Bearer {self._key}"} if self._key and http.host_of(url) == self._host else {})}
        try:
            found = http.fetch(url, params=params, accept=accept, headers=headers, session=self._session, max_bytes=allowed)
        except SourceTooLarge as error:
            if allowed == self._left:  # it was the run that is too large, not this one answer
                raise Exhausted(error.host, limit=self._limit) from error
            raise
        finally:
            self.requests += 1
            self.waited += time.monotonic() - began
        self._left -= found.size
        return found

    def json(self, url: str, params: Mapping[str, Any] | None = None, accept: str = "application/json") -> Any:
        """The answer, read as JSON."""
        with self.get(url, params, accept) as found:
            if not found.size:
                raise SourceFormat(found.host, EMPTY, expected="JSON")
            return found.json()

    def xml(self, url: str, params: Mapping[str, Any] | None = None) -> Element:
        """The answer, read as XML without DTD and entities."""
        with self.get(url, params, "application/xml, text/xml") as found:
            return parse_xml(found.content, found.host)


def parse_xml(content: bytes, host: str) -> Element:
    """The root element. Raises SourceFormat; ``host`` is the source's name for the message."""
    if not content.strip():
        raise SourceFormat(host, EMPTY, expected="XML")
    page = content[:500].lstrip().lower()
    if page.startswith((b"<!doctype html", b"<html")):
        raise SourceFormat(host, http.HTML_INSTEAD, expected="XML")
    try:
        return defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise SourceFormat(host, UNSAFE_XML, expected="XML") from error
    except (ParseError, LookupError, ValueError) as error:
        raise SourceFormat(host, expected="XML") from error
