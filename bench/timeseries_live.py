"""Claims about live values: from broker to reader under two seconds at 500 messages a second, none lost.

    bin/bench timeseries_live

Everything is real: mosquitto, the consumer in a process of its own as operators start it, the portal by gunicorn, and a reader who
follows the server-sent events of a published dataset with a standing release. For each message: how long from the call that sent it
to the line that the reader got. Correctness first: each value came, once, and the table holds what was sent.
DATENPLATTFORM_BENCH_SECONDS changes for how long is sent.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from bench.claims import Claim, percentile
from tests.servers import mosquitto, process

RATE, SECONDS = 500, int(os.environ.get("DATENPLATTFORM_BENCH_SECONDS", "20"))
PATIENCE = 60.0
DATASET = "trees"


class Reader(threading.Thread):
    """Follows a dataset; ``came``: value → when (monotonic), ``twice``: how many came again."""

    def __init__(self, port: int, dataset: str) -> None:
        super().__init__(daemon=True)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._connection.request("GET", f"/api/daten/v1/{dataset}/live?after=0")
        self._answer = self._connection.getresponse()
        if self._answer.status != 200:
            raise RuntimeError(f"live: {self._answer.status}")
        self.came: dict[int, float] = {}
        self.times: Counter[int] = Counter()

    def run(self) -> None:
        """Until the connection ends."""
        with closing(self._connection):
            while line := self._answer.readline():
                if line.startswith(b"data: ") and b'"value"' in line:
                    value = int(json.loads(line[6:])["value"])
                    self.came.setdefault(value, time.monotonic())
                    self.times[value] += 1


@contextmanager
def _running(command: list[str], log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as out:
        started = subprocess.Popen(command, cwd=process.CHECKOUT, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **more})
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(30)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def _ini() -> str:
    """The bench's settings with the broker's password."""
    from bench import site

    lines = Path(site.ini).read_text(encoding="utf-8")
    made = Path(site.ini).with_name("live.ini")
    secret = f"[app:main]\nckanext.datenplattform.harvesters.secret.broker = {mosquitto.READER[1]}\n"
    made.write_text(lines.replace("[app:main]\n", secret, 1), encoding="utf-8")
    return str(made)


def _published(source: dict[str, Any]) -> tuple[str, str]:
    """Publish the dataset of the source with a standing release for all: its id and that of its table."""
    import ckan.model as model

    from ckanext.datenplattform.access import shared as access
    from tests.harvesters import mqtt_scene as scene

    resource = scene.resource_of(source, DATASET)
    found: Any = model.Resource.get(resource)
    dataset: str = found.package_id
    access.publish(dataset, access.content_hash(dataset) or "", "bench")
    access.grant_standing_release(dataset, {"streams": None, "columns": None, "resolution_seconds": None}, "bench", None)
    model.Session.commit()
    return dataset, resource


def _measure(folder: Path, ini: str, source: dict[str, Any], broker: int) -> tuple[list[float], int]:
    """Delays in seconds, and how many messages were lost."""
    from tests.harvesters import mqtt_scene as scene

    tools, port, count = Path(sys.executable).parent, process.free_port(), RATE * SECONDS
    consumer = [str(tools / "ckan"), "-c", ini, "datenplattform", "mqtt", "run", source["name"]]
    portal = [str(tools / "gunicorn"), "--worker-class", "gthread", "--threads", "4", "--bind", f"127.0.0.1:{port}", "lib.wsgi"]
    logs = folder / "consumer.log", folder / "portal.log"
    with _running(consumer, logs[0]), _running(portal, logs[1], CKAN_INI=ini):
        scene.until(lambda: scene.status(source)["connected"], 120, logs[0].read_text)
        dataset, resource = _published(source)
        scene.until(lambda: _answers(port), 120, logs[1].read_text)
        reader, sender = Reader(port, dataset), _sender(broker)
        reader.start()
        sender.reading(0)
        scene.until(lambda: 0 in reader.came, PATIENCE, lambda: [log.read_text()[-2000:] for log in logs])
        sent: list[float] = []
        began = time.monotonic()
        for number in range(1, count + 1):
            if (ahead := began + number / RATE - time.monotonic()) > 0:
                time.sleep(ahead)
            sent.append(time.monotonic())
            sender.reading(number)
        last = time.monotonic()
        sender.confirmed(PATIENCE)
        told, end = [("broker", time.monotonic())], time.monotonic() + PATIENCE
        waits: list[tuple[str, Any]] = [("table", lambda: _count(resource) > count), ("reader", lambda: len(reader.came) > count)]
        for name, done in waits:
            while not done() and time.monotonic() < end:
                time.sleep(0.02)
            told.append((name, time.monotonic()))
        assert len(sender.taken) == count + 1, "the broker did not confirm all"
        behind = sorted(sender.taken[mid] - at for mid, at in zip(sender.mids[1:], sent, strict=True))
        print(f"  sender to broker: median {statistics.median(behind):.2f} s, most {behind[-1]:.2f} s")
        print(f"  {count:,} messages in {last - began:.1f} s; then had all:", ", ".join(f"{name} {at - last:.1f} s" for name, at in told))
        sender.close()
        assert scene.numbers(resource) == list(range(count + 1)), "the table does not hold what was sent"
        assert set(reader.times.values()) <= {1}, "values came twice"
    late = [reader.came[number] - sender.taken[sender.mids[number]] for number in range(1, count + 1) if number in reader.came]
    return late, count + 1 - len(reader.came)


def _sender(port: int) -> Any:
    """Who sends; ``mids``: id of each message, ``taken``: id → when the broker confirmed it (monotonic)."""
    from tests.harvesters import mqtt_scene as scene

    class Sender(scene.Sender):
        def __init__(self) -> None:
            self.mids: list[int] = []
            self.taken: dict[int, float] = {}
            super().__init__(port)

        def _published(self, *given: Any) -> None:
            self.taken[given[2]] = time.monotonic()
            super()._published(*given)

        def raw(self, topic: str, payload: Any) -> None:
            self._sent += 1
            self.mids.append(self._client.publish(topic, payload, qos=1).mid)

    return Sender()


def _count(resource: str) -> int:
    from ckanext.datenplattform.timeseries import store

    with store.transaction() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{resource}"')
        return cursor.fetchone()[0]


def _answers(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        try:
            connection.request("GET", "/api/daten/v1/openapi.json")
            return connection.getresponse().status == 200
        except OSError:
            return False


def claims() -> list[Claim]:
    """Delays and losses."""
    from bench import site
    from tests import factories
    from tests.harvesters import mqtt_scene as scene

    site.clean()
    unit = factories.act("organization_create", name="bench-live", title="Bench")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ports = process.free_port(), process.free_port()
        mosquitto.start(folder / "mosquitto", *ports, inflight=1000, careful=False)  # as docs/operations.md tells operators
        try:
            source = scene.make(f"mqtt://127.0.0.1:{ports[0]}", unit, "bench-live-source", "broker")
            scene.assign(source, dataset=DATASET)
            late, lost = _measure(folder, _ini(), source, ports[0])
        finally:
            mosquitto.stop(folder / "mosquitto")
    return [
        Claim(f"broker to reader at {RATE} messages a second, median", statistics.median(late), None, 2.0, "budget", "s"),
        Claim("broker to reader, 99 of 100", percentile(late, 0.99), None, 2.0, "budget", "s"),
        Claim("broker to reader, the slowest", max(late), None, 2.0, "budget", "s"),
        Claim(f"lost of {RATE * SECONDS:,} messages", lost, None, 0, "budget"),
    ]
