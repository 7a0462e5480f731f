"""Keep posting new observations to a seeded SensorThings server, as sensors in the field would.

``python -m tests.servers.live --url http://127.0.0.1:8301/v1.1 --place Musterstadt --lon 9 --lat 51 --every 60``

Parking bays report their state at every full minute; soil, groundwater and traffic report on their grid of 15 minutes,
traffic once the 15 minutes are over. What fell due while nobody was posting is made up for first. A server that does not answer
is tried again at the next turn. Ends on SIGTERM. Standard library only.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from pathlib import Path

from tests.servers import process, synthetic
from tests.servers.process import CHECKOUT, Server
from tests.servers.seed_sensorthings import Client, SeedError, bounds, stream_ids, write
from tests.servers.synthetic import STEP, Place, Stream

NAME = "sensorthings-live"


def due(stream: Stream, last: int, now: int) -> list[int]:
    """Times after ``last`` at which ``stream`` should have been observed by ``now`` (seconds since 1970)."""
    grid = now // STEP * STEP
    newest = grid if stream.instant else grid - STEP
    times = list(range(last // STEP * STEP + STEP, newest + 1, STEP))
    # a standing release names the finest time step that may go out: times that lie on no grid would all wait
    minute = now // 60 * 60
    if stream.kind == "parking" and minute > max([last, *times]):
        times.append(minute)
    return times


def live(url: str, place: Place, *, every: float = 60.0, random_seed: int = 1,
         stopped: threading.Event | None = None) -> int:  # fmt: skip
    """Post what has fallen due, each ``every`` seconds, until ``stopped`` is set; returns the number posted."""
    stopped = stopped or threading.Event()
    client = Client(url)
    streams = {s.key: s for t in synthetic.things(place, seed=random_seed) for s in t.streams}
    last: dict[str, int] = {}
    ids: dict[str, str] = {}
    posted = 0
    while not stopped.is_set():
        try:
            if not ids:
                ids = {key: iot_id for key, iot_id in stream_ids(client).items() if key in streams}
                last = {key: bounds(client, iot_id)[1] or int(time.time()) - STEP for key, iot_id in ids.items()}
            now = int(time.time())
            parts = [(ids[key], streams[key], times) for key in ids if (times := due(streams[key], last[key], now))]
            posted += write(client, parts, random_seed)
            last.update({stream.key: times[-1] for _, stream, times in parts})
        except (OSError, SeedError) as error:
            print(f"{time.strftime('%FT%T')} {error}", file=sys.stderr, flush=True)
            # What of it was stored is not known: ask again.
            ids = {}
        stopped.wait(every)
    return posted


def start(data_dir: Path | str, url: str, place: Place, *, every: float = 60.0, random_seed: int = 1) -> Server:
    """Run :func:`live` as a background process; pid file and log are ``<data_dir>/sensorthings-live.{pid,log}``."""
    folder = Path(data_dir).resolve()
    pidfile, log = folder / f"{NAME}.pid", folder / f"{NAME}.log"
    pid = process.running_pid(pidfile)
    if pid is None:
        argv = [sys.executable, "-m", "tests.servers.live", "--url", url, "--place", place.name, "--lon",
                str(place.lon), "--lat", str(place.lat), "--every", str(every), "--seed", str(random_seed)]  # fmt: skip
        pid, pidfile, log = process.spawn(NAME, argv, folder=folder, cwd=CHECKOUT)
    return Server(NAME, url, pid, pidfile, log)


def stop(data_dir: Path | str) -> bool:
    """Stop the background process of ``data_dir``; True when one was running."""
    return process.stop(Path(data_dir) / f"{NAME}.pid")


def main() -> None:
    """Command line of the background process."""
    parser = argparse.ArgumentParser(description="Post live synthetic observations to a SensorThings server.")
    parser.add_argument("--url", required=True, help="service root, e.g. http://127.0.0.1:8301/v1.1")
    parser.add_argument("--place", default="Musterstadt")
    parser.add_argument("--lon", type=float, default=9.0)
    parser.add_argument("--lat", type=float, default=51.0)
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two turns")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    stopped = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopped.set())
    live(
        given.url, Place(given.place, given.lon, given.lat), every=given.every, random_seed=given.seed, stopped=stopped
    )


if __name__ == "__main__":
    main()
