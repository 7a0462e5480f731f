"""A broker, a source with devices, somebody who sends, and the consumer as thread or as a process of its own."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from ckanext.datenplattform.harvesters import memory
from ckanext.datenplattform.harvesters.mqtt.consumer import Consumer
from ckanext.datenplattform.timeseries import store
from tests import factories
from tests.servers import mosquitto
from tests.servers.process import CHECKOUT

START = datetime(2026, 3, 29, 0, 0, tzinfo=timezone.utc)
TOPIC = "sensoren/{device}/up"


class Sender:
    """Sends with QoS 1, numbers its messages, and sends again what the broker had not confirmed when it died."""

    def __init__(self, port: int) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "sender", clean_session=False)
        self._client.username_pw_set(*mosquitto.SENDER)
        self._client.max_queued_messages_set(0)
        self._client.max_inflight_messages_set(1000)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._published
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._sent = self._done = 0

    def _published(self, *_: Any) -> None:
        self._done += 1

    def raw(self, topic: str, payload: Any) -> None:
        """Any message."""
        self._sent += 1
        self._client.publish(topic, payload, qos=1)

    def reading(self, number: int, device: str = "baum-1", **more: Any) -> None:
        """Reading number so-and-so of a device: a second later than the one before."""
        at = (START + timedelta(seconds=number)).isoformat()
        self.raw(TOPIC.format(device=device), json.dumps({"time": at, "moisture": number, **more}))

    def readings(self, first: int, count: int, rate: float = 0, device: str = "baum-1") -> None:
        """So many readings, ``rate`` a second (0: at once)."""
        began = time.monotonic()
        for number in range(count):
            self.reading(first + number, device)
            if rate and (ahead := number / rate - (time.monotonic() - began)) > 0:
                time.sleep(ahead)

    def confirmed(self, timeout: float = 30) -> None:
        """Wait until the broker has confirmed all."""
        until(lambda: self._done >= self._sent, timeout, lambda: f"{self._done} of {self._sent}")

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def make(url: str, unit: dict[str, Any], name: str, secret: str, **config: Any) -> dict[str, Any]:
    """A source of plain JSON."""
    given = {"format": "json", "json_device": "topic.2", "topics": ["sensoren/+/up"], "user": mosquitto.READER[0], "access_key": secret}
    return factories.act(
        "harvest_source_create", name=name, title="Sensoren der Stadt", url=url, source_type="mqtt", owner_org=unit["id"],
        frequency="MANUAL", config=json.dumps({**given, **config}),
    )  # fmt: skip


def assign(source: dict[str, Any], device: str = "baum-1", field: str = "moisture", dataset: str = "trees", **more: Any) -> None:
    """Say where the values of a device go."""
    row = {"field": field, "dataset": dataset, "property": "Bodenfeuchte", "unit": "%", "lon": "8.04", "lat": "52.27", **more}
    factories.act("mqtt_device_update", source=source["id"], device=device, rows=[row])


def resource_of(source: dict[str, Any], dataset: str = "trees") -> str:
    """Id of the series' resource."""
    return memory.record(source["id"], dataset).state["resources"]["series"]


def numbers(resource_id: str) -> list[int]:
    """All values of a series in order of time, straight from the table."""
    with store.transaction() as cursor:
        cursor.execute(f'SELECT value FROM "{resource_id}" ORDER BY stream, time')
        return [int(value) for (value,) in cursor.fetchall()]


@contextmanager
def receiving(source: dict[str, Any]) -> Iterator[threading.Thread]:
    """The consumer as a thread."""
    stop = threading.Event()
    thread = threading.Thread(target=Consumer(source["id"], stop).run)
    thread.start()
    try:
        until(lambda: status(source)["connected"], 60, lambda: status(source))
        yield thread
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def spawn(ini: str, log: Path, source: dict[str, Any]) -> subprocess.Popen[bytes]:
    """The consumer as operators start it."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("ckan")), "-c", ini, "datenplattform", "mqtt", "run", source["name"]],
            cwd=CHECKOUT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def status(source: dict[str, Any]) -> dict[str, Any]:
    """How the consumer is."""
    return factories.act("mqtt_status_show", source=source["id"])


def until(condition: Callable[[], Any], seconds: float = 20, told: Callable[[], Any] = lambda: "") -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, told()
        time.sleep(0.05)


_number = itertools.count(1)


@dataclass
class World:
    """A broker and what is needed to work with it."""

    folder: Path
    port: int
    tls_port: int
    unit: dict[str, Any]
    config: Any

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self, **more: Any) -> None:
        mosquitto.start(self.folder, self.port, self.tls_port, **more)

    def source(self, url: str = "", **config: Any) -> dict[str, Any]:
        return make(url or self.url, self.unit, f"broker-{next(_number)}-{os.getpid()}", "broker", **config)
