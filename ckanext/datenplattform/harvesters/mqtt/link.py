"""The connection to a broker, by paho-mqtt under core's guard: the address is judged when the socket is connected.

The session lives at the broker (MQTT 3.1.1, 3.1.2.4; MQTT 5, 3.1.2.11.2) and every message is acknowledged by hand: what was not
acknowledged is delivered again after a break. One thread does everything; nothing here touches the database.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from urllib3.exceptions import NameResolutionError, NewConnectionError

from ckanext.datenplattform.core import config, failures
from ckanext.datenplattform.core.addresses import is_allowed
from ckanext.datenplattform.core.connection import connect
from ckanext.datenplattform.core.errors import SourceError, SourceRefused, SourceTimeout, SourceUnreachable
from ckanext.datenplattform.core.http import host_of
from ckanext.datenplattform.core.i18n import N_

NOT_LET_IN = N_("The broker %(host)s refuses user name or password. Please check both; the password stands in the ini file.")
BROKER_SAYS = N_("The broker %(host)s refuses the connection: %(reason)s")
TOPICS_REFUSED = N_("The broker %(host)s does not give these topics to the user: %(topics)s")
BAD_TOPIC = N_("“%(topics)s” is no topic that can be subscribed to at %(host)s.")
BAD_ADDRESS = N_("The address of the broker %(host)s is not valid: mqtts://host:8883 or mqtt://host:1883, without user name and password.")
IN_THE_CLEAR = N_("A password goes to the broker %(host)s only encrypted: please write mqtts:// instead of mqtt://.")

PORTS = {"mqtt": 1883, "mqtts": 8883}
KEEPALIVE = 30
#: Seconds that a broker may take to say yes.
PATIENCE = 15
#: Seconds for which the broker keeps the session (MQTT 5; with 3.1.1 it decides itself).
EXPIRY = 7 * 24 * 3600
#: Largest message that a broker of MQTT 5 may send at all, in bytes.
LARGEST = 16_000_000
_WRONG = (134, 135, 140)  # bad user name or password, not authorized, bad authentication method


@dataclass(frozen=True)
class Broker:
    """How a broker is reached. ``ca``: path of a certificate authority's file; empty: the public ones."""

    url: str
    client_id: str
    user: str = ""
    password: str = ""
    ca: str = ""
    version: int = 5


@dataclass(frozen=True)
class Message:
    """A message as it came. ``mid``: by which it is acknowledged, on the connection that brought it only."""

    topic: str
    payload: bytes
    mid: int = 0
    qos: int = 0


class _Client(paho.Client):
    def _create_socket_connection(self) -> socket.socket:
        return connect(self._host, self._port, config.connect_timeout(), config.allowed_hosts())


class Link:
    """One connection; a context manager that is connected and subscribed inside. All methods raise `SourceError`."""

    def __init__(self, broker: Broker, topics: Iterable[str], former: Iterable[str] = ()) -> None:
        self.host = host_of(broker.url)
        self.topics = list(dict.fromkeys(topics))
        self._former = [topic for topic in former if topic not in self.topics]
        #: What came and was not taken yet, in order.
        self.arrived: list[Message] = []
        self._broker = broker
        self._answer: Any = None
        self._granted: list[Any] | None = None
        parts = urlsplit(broker.url)
        try:
            self._address = (parts.hostname or "", parts.port or PORTS[parts.scheme])
        except (ValueError, KeyError):
            raise SourceRefused(self.host, BAD_ADDRESS) from None
        if not parts.hostname or parts.username or parts.password:
            raise SourceRefused(self.host, BAD_ADDRESS)
        tls = parts.scheme == "mqtts"
        if broker.password and not tls and not is_allowed(*self._address, config.allowed_hosts()):
            raise SourceRefused(self.host, IN_THE_CLEAR)
        self._client = self._make(broker, tls)

    def _make(self, broker: Broker, tls: bool) -> _Client:
        five = broker.version == 5
        more: dict[str, Any] = {} if five else {"clean_session": False}
        client = _Client(
            CallbackAPIVersion.VERSION2,
            broker.client_id,
            protocol=paho.MQTTv5 if five else paho.MQTTv311,
            manual_ack=True,
            **more,
        )
        if broker.user or broker.password:
            client.username_pw_set(broker.user or None, broker.password or None)
        if tls:
            client.tls_set_context(ssl.create_default_context(cafile=broker.ca or None))
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_message = self._message
        return client

    def __enter__(self) -> Link:
        try:
            with self._told():
                self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave; the session stays at the broker."""
        with contextlib.suppress(OSError, ValueError):
            self._client.disconnect()

    def poll(self, seconds: float) -> None:
        """Wait at most so long for the next message."""
        with self._told():
            if self._client.loop(seconds) != paho.MQTT_ERR_SUCCESS:
                raise SourceUnreachable(self.host, cause=failures.CONNECTION_LOST)

    def take(self) -> list[Message]:
        """What has arrived; it is no longer held here."""
        found, self.arrived = self.arrived, []
        return found

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tell the broker, in their order, that these are safe."""
        with self._told():
            for message in messages:
                self._client.ack(message.mid, message.qos)

    def _open(self) -> None:
        if self._broker.version == 5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval, properties.MaximumPacketSize = EXPIRY, LARGEST
            self._client.connect(*self._address, KEEPALIVE, clean_start=False, properties=properties)
        else:
            self._client.connect(*self._address, KEEPALIVE)
        self._until(lambda: self._answer is not None)
        if self._answer.is_failure:
            if self._answer.value in _WRONG:
                raise SourceError(self.host, NOT_LET_IN)
            raise SourceError(self.host, BROKER_SAYS, reason=str(self._answer))
        if self._former:
            self._client.unsubscribe(self._former)
        if not self.topics:
            return
        try:
            self._client.subscribe([(topic, 1) for topic in self.topics])
        except ValueError:
            raise SourceError(self.host, BAD_TOPIC, topics=", ".join(self.topics)) from None
        self._until(lambda: self._granted is not None)
        refused = [topic for topic, code in zip(self.topics, self._granted or (), strict=False) if code.is_failure]
        if refused:
            raise SourceError(self.host, TOPICS_REFUSED, topics=", ".join(refused))

    def _until(self, done: Any) -> None:
        ends = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > ends:
                raise SourceTimeout(self.host, seconds=PATIENCE)
            if self._client.loop(0.1) != paho.MQTT_ERR_SUCCESS and not done():
                raise SourceUnreachable(self.host, cause=failures.CONNECTION_LOST)

    @contextlib.contextmanager
    def _told(self) -> Any:
        """Lets only `SourceError` out."""
        try:
            yield
        except SourceError:
            raise
        except (ssl.SSLError, ssl.CertificateError):
            raise SourceUnreachable(self.host, cause=failures.NO_TRUST) from None
        except NameResolutionError:
            raise SourceUnreachable(self.host, cause=failures.NO_NAME) from None
        except (NewConnectionError, ConnectionRefusedError):
            raise SourceUnreachable(self.host, cause=failures.NO_CONNECTION) from None
        except TimeoutError:
            raise SourceTimeout(self.host, seconds=config.connect_timeout()) from None
        except OSError:
            raise SourceUnreachable(self.host, cause=failures.CONNECTION_LOST) from None

    # paho's callbacks

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._answer = reason

    def _subscribed(self, _client: Any, _data: Any, _mid: Any, reasons: Any, _properties: Any) -> None:
        self._granted = reasons

    def _message(self, _client: Any, _data: Any, message: Any) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "?"
        self.arrived.append(Message(topic, message.payload, message.mid, message.qos))
