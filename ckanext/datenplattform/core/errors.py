"""Errors that a user may meet. Each carries a sentence in his language; none carries a credential or a path of the
server.
"""

from __future__ import annotations

from typing import Any, ClassVar

from .i18n import N_, translate


class PlatformError(Exception):
    """Base of the platform's own errors.

    ``template`` is an English source string with named placeholders, filled from ``values``. ``message`` (and ``str``)
    is the sentence translated at the moment it is read, so that one error can be logged and shown in two languages.
    """

    template: ClassVar[str] = N_("Something went wrong.")

    def __init__(self, template: str | None = None, **values: Any) -> None:
        super().__init__(template or self.template, values)
        self.source_string = template or self.template
        self.values = values

    @property
    def message(self) -> str:
        """The sentence for the user, in his language."""
        return translate(self.source_string) % self.values if self.values else translate(self.source_string)

    def __str__(self) -> str:
        return self.message


class ConfigurationError(PlatformError):
    """The installation is configured wrongly; the operator must act."""

    template = N_("The configuration is incomplete: %(cause)s")


class SourceError(PlatformError):
    """A remote source did not give what was asked for. ``host`` is its name (with the port, if unusual), never the
    whole address: addresses may carry keys."""

    template = N_("The source %(host)s could not be read.")

    def __init__(self, host: str, template: str | None = None, **values: Any) -> None:
        super().__init__(template, host=host, **values)
        self.host = host


class SourceUnreachable(SourceError):
    """No connection: unknown name, closed port, broken TLS, connection lost in the middle."""

    template = N_("The source %(host)s could not be reached: %(cause)s")

    def __init__(self, host: str, template: str | None = None, *, cause: str = "", **values: Any) -> None:
        super().__init__(host, template, cause=cause, **values)

    @property
    def message(self) -> str:
        """As in the base; the cause is a source string of its own."""
        return translate(self.source_string) % {**self.values, "cause": translate(str(self.values["cause"]))}


class SourceTimeout(SourceError):
    """The source took too long: to connect, to send the next byte, or in all. ``seconds`` is the limit it missed."""

    template = N_("The source %(host)s did not answer within %(seconds)s seconds.")

    def __init__(self, host: str, template: str | None = None, *, seconds: float, **values: Any) -> None:
        super().__init__(host, template, seconds=f"{seconds:g}", **values)


class SourceTooLarge(SourceError):
    """The body, unpacked, is larger than allowed. ``limit`` in bytes."""

    template = N_("The answer of the source %(host)s is larger than the %(megabytes)s MB allowed.")

    def __init__(self, host: str, template: str | None = None, *, limit: int, **values: Any) -> None:
        super().__init__(host, template, megabytes=f"{limit / 1_000_000:g}", **values)
        self.limit = limit


class SourceRefused(SourceError):
    """We refused to ask: the address is not one on the public internet, or is malformed."""

    template = N_(
        "The source %(host)s lies in an internal network and was not contacted. "
        "The operator can allow it in the setting ckanext.datenplattform.core.http.allowed_hosts."
    )


class SourceStatus(SourceError):
    """The source answered with an HTTP error. ``status`` is its code."""

    template = N_("The source %(host)s answered with the error %(status)s.")

    def __init__(self, host: str, template: str | None = None, *, status: int, **values: Any) -> None:
        super().__init__(host, template, status=status, **values)
        self.status = status


class SourceFormat(SourceError):
    """The source answered, but not with what was expected. ``expected`` is the format's name (JSON, XML, …)."""

    template = N_("The source %(host)s did not deliver valid %(expected)s.")

    def __init__(self, host: str, template: str | None = None, *, expected: str = "", **values: Any) -> None:
        super().__init__(host, template, expected=expected, **values)
