"""bin/demo measure: how long a measurement of the demo's sensors takes until anybody can read it in the Daten-API."""

from __future__ import annotations

import json
import statistics
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: Traffic is counted by the quarter of an hour: so long it may take until each dataset has something new.
LONGEST = 20 * 60
#: What the town promises, in seconds.
PROMISED = 60


@dataclass
class Watched:
    """A published dataset with series. ``known``: latest time of each series; ``seconds``: how late each new one was seen."""

    name: str
    known: dict[str, str]
    seconds: list[float] = field(default_factory=list)

    def look(self, series: list[dict[str, Any]], now: float) -> None:
        """Note what is new at ``now`` (seconds since 1970). A count is measured when its time is over."""
        for item in series:
            if item.get("time") and item["time"] != self.known.get(item["stream"]):
                self.known[item["stream"]] = item["time"]
                self.seconds.append(now - datetime.fromisoformat(item["time"]).timestamp() - (item.get("interval_seconds") or 0))

    def line(self) -> str:
        """What was seen, for a person."""
        if not self.seconds:
            return f"  {self.name:<45} nichts Neues gesehen"
        middle, worst = statistics.median(self.seconds), max(self.seconds)
        word = "innerhalb einer Minute" if worst <= PROMISED else "zu spät"
        return f"  {self.name:<45} {len(self.seconds):>3} Messwerte, im Mittel {middle:.0f} s, höchstens {worst:.0f} s: {word}"


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


def measure(portal: str) -> bool:
    """Watch all published series from outside, without an account, until each dataset has shown something new; prints what was seen.

    :returns: whether all came within a minute
    """
    latest = f"{portal}/api/daten/v1/{{}}/latest.json"
    found = {name: _get(latest.format(name))["series"] for name in _get(f"{portal}/api/3/action/package_list")["result"]}
    watched = [Watched(name, {item["stream"]: item.get("time") or "" for item in series}) for name, series in found.items() if series]
    print(f"{len(watched)} Datensätze mit Messreihen. Das dauert bis zur nächsten Viertelstunde.", flush=True)
    end = time.monotonic() + LONGEST
    while not all(item.seconds for item in watched) and time.monotonic() < end:
        time.sleep(1)
        for item in watched:
            series = _get(latest.format(item.name))["series"]
            item.look(series, time.time())
    print("\n".join(item.line() for item in watched))
    return all(item.seconds and max(item.seconds) <= PROMISED for item in watched)
