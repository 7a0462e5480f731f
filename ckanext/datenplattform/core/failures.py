"""What `requests` and urllib3 raise, told as `SourceError`: one kind and one plain cause for each of their many."""

from __future__ import annotations

from typing import Any

import requests
import requests.exceptions as broken
from urllib3.exceptions import DecodeError, HTTPError, NameResolutionError, NewConnectionError, SSLError

from .errors import SourceError, SourceFormat, SourceRefused, SourceTimeout, SourceUnreachable
from .i18n import N_

NO_NAME = N_("its name is unknown")
NO_CONNECTION = N_("nobody answers there")
NO_TRUST = N_("its certificate or encryption is not valid")
CONNECTION_LOST = N_("the connection broke off")
TOO_MANY_REDIRECTS = N_("it redirects again and again")
BAD_ADDRESS = N_(
    "The address of the source %(host)s is not valid: only http and https, without user name and password."
)


class translated:
    """Lets only `SourceError` out of a block. ``budget``: the `connection.Budget`, which knows what was waited for.

    Errors of our own side, a full disk for one, must not arise inside the block: they would be blamed on the source.
    """

    def __init__(self, host: str, budget: Any) -> None:
        self.host = host
        self.budget = budget

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if error is None or not isinstance(error, (requests.RequestException, HTTPError, OSError, SourceError)):
            return
        raise self._ours(error) from None

    def _ours(self, error: BaseException) -> SourceError:
        found = _causes(error)
        for kind, make in (
            (SourceError, lambda cause: cause),
            (broken.TooManyRedirects, lambda _: SourceUnreachable(self.host, cause=TOO_MANY_REDIRECTS)),
            (
                (broken.InvalidURL, broken.InvalidSchema, broken.MissingSchema),
                lambda _: SourceRefused(self.host, BAD_ADDRESS),
            ),
            ((SSLError, broken.SSLError), lambda _: SourceUnreachable(self.host, cause=NO_TRUST)),
            ((DecodeError, broken.ContentDecodingError), lambda _: SourceFormat(self.host, expected="gzip")),
            (NameResolutionError, lambda _: SourceUnreachable(self.host, cause=NO_NAME)),
            (NewConnectionError, lambda _: SourceUnreachable(self.host, cause=NO_CONNECTION)),
            ((TimeoutError, broken.Timeout), lambda _: SourceTimeout(self.host, seconds=self.budget.waited_for)),
        ):
            for cause in found:
                if isinstance(cause, kind):
                    return make(cause)
        return SourceUnreachable(self.host, cause=CONNECTION_LOST)


def _causes(error: BaseException) -> list[BaseException]:
    """The error and all that led to it, as `requests` and urllib3 wrap them."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting and len(found) < 50:
        current = waiting.pop(0)
        if not isinstance(current, BaseException) or current in found:
            continue
        found.append(current)
        waiting += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
    return found
