"""Send the uplinks of ``lorawan`` to an MQTT broker, as two LoRaWAN servers would, and keep sending.

``python -m tests.servers.lorawan_live --port 1883 --place Musterstadt --lon 9 --lat 51 --folder FOLDER``

Until when all was sent and confirmed by the broker stands in ``<folder>/lorawan-sent`` (seconds since 1970): a gap since the last start is
made up for, at most ``DAYS`` of it; what is sent twice is the same message. A broker that is away is tried again. Ends on SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tests.servers import lorawan, mosquitto, process
from tests.servers.process import CHECKOUT, Server, ServerError
from tests.servers.synthetic import Place

NAME = "lorawan-live"
DAYS = 7


def send(client: Any, devices: list[lorawan.Device], after: int, until: int, *, patience: float = 60) -> dict[str, int]:
    """Publish all uplinks of these devices later than ``after``, up to ``until``, in order of time; returns how many of each server.

    Raises :class:`ServerError` when the broker has not confirmed them all after ``patience`` seconds.
    """
    end = time.monotonic() + patience
    while not client.is_connected():
        if time.monotonic() > end:
            raise ServerError("the broker is away")
        time.sleep(0.05)
    due = sorted((when, number) for number, device in enumerate(devices) for when in device.times(after, until))
    waiting: list[Any] = []
    count: dict[str, int] = {lorawan.TTN: 0, lorawan.CHIRPSTACK: 0}
    for when, number in due:
        topic, content = lorawan.message(devices[number], when)
        waiting.append(client.publish(topic, json.dumps(content), qos=1))
        count[devices[number].kind] += 1
    for sent in waiting:
        sent.wait_for_publish(max(0.0, end - time.monotonic()))
        if not sent.is_published():
            raise ServerError("the broker does not confirm what was sent to it")
    return count


def connected(port: int, name: str) -> Any:
    """A client that stays connected to the broker at 127.0.0.1:``port``."""
    import paho.mqtt.client as paho  # not there on a bare Python
    from paho.mqtt.enums import CallbackAPIVersion

    client = paho.Client(CallbackAPIVersion.VERSION2, name)
    client.username_pw_set(*mosquitto.SENDER)
    client.max_queued_messages_set(0)
    client.max_inflight_messages_set(1000)
    client.reconnect_delay_set(1, 10)
    client.connect_async("127.0.0.1", port)
    client.loop_start()
    return client


def catch_up(folder: Path | str, port: int, place: Place) -> dict[str, int]:
    """Send what fell due since the last time; returns how many messages of each server. Raises :class:`ServerError`."""
    client = connected(port, f"{NAME}-gap")
    try:
        return _turn(Path(folder), client, lorawan.devices(place))
    finally:
        client.disconnect()
        client.loop_stop()


def _turn(folder: Path, client: Any, devices: list[lorawan.Device]) -> dict[str, int]:
    noted, now = folder / "lorawan-sent", int(time.time())
    before = int(noted.read_text()) if noted.exists() else 0
    sent = send(client, devices, max(before, now - DAYS * 86400), now)
    noted.write_text(f"{now}\n")
    return sent


def live(folder: Path, port: int, place: Place, *, every: float, stopped: threading.Event) -> None:
    """Send what has fallen due, each ``every`` seconds, until ``stopped`` is set."""
    client, devices = connected(port, NAME), lorawan.devices(place)
    while not stopped.is_set():
        try:
            _turn(folder, client, devices)
        except (OSError, ValueError, RuntimeError) as error:
            print(f"{time.strftime('%FT%T')} {error}", file=sys.stderr, flush=True)
        stopped.wait(every)
    client.disconnect()
    client.loop_stop()


def start(folder: Path | str, port: int, place: Place, *, every: float = 5.0) -> Server:
    """Run :func:`live` as a background process; pid file and log are ``<folder>/lorawan-live.{pid,log}``."""
    folder = Path(folder).resolve()
    pidfile, log = folder / f"{NAME}.pid", folder / f"{NAME}.log"
    pid = process.running_pid(pidfile)
    if pid is None:
        argv = [sys.executable, "-m", "tests.servers.lorawan_live", "--port", str(port), "--place", place.name, "--lon",
                str(place.lon), "--lat", str(place.lat), "--every", str(every), "--folder", str(folder)]  # fmt: skip
        pid, pidfile, log = process.spawn(NAME, argv, folder=folder, cwd=CHECKOUT)
    return Server(NAME, f"mqtt://127.0.0.1:{port}", pid, pidfile, log)


def stop(folder: Path | str) -> bool:
    """Stop the background process of ``folder``; True when one was running."""
    return process.stop(Path(folder).resolve() / f"{NAME}.pid")


def main() -> None:
    """Command line of the background process."""
    parser = argparse.ArgumentParser(description="Send synthetic LoRaWAN uplinks to an MQTT broker on this machine.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where it is noted until when all was sent")
    parser.add_argument("--place", default="Musterstadt")
    parser.add_argument("--lon", type=float, default=9.0)
    parser.add_argument("--lat", type=float, default=51.0)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two turns")
    given = parser.parse_args()
    stopped = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopped.set())
    live(given.folder, given.port, Place(given.place, given.lon, given.lat), every=given.every, stopped=stopped)


if __name__ == "__main__":
    main()
