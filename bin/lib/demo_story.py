"""What the demo does through the portal's own interface: harvest, submit, vote. Standard library only."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ckanext.datenplattform.core.municipality import Municipality, Source

from .report import StepFailed

HARVEST_SECONDS = 240
MQTT = "mqtt"


def part_of(town: Municipality, unit: str) -> str:
    """Which of the demo's accounts cares for the data of a unit: that of the unit, or of the nearest one above it."""
    stewards = {account.unit: part for part in ("steward", "steward_stadtwerke") if (account := getattr(town.accounts, part))}
    while unit not in stewards:
        above = town.parent(unit)
        if above is None:
            raise StepFailed(f"Kein Konto der Demo pflegt die Daten von {unit}")
        unit = above.name
    return stewards[unit]


def answers(url: str) -> bool:
    """Whether the portal's interface answers."""
    try:
        with urllib.request.urlopen(f"{url}/api/3/action/status_show", timeout=20) as answer:
            return answer.status == 200
    except OSError:
        return False


class Story:
    """Plays the parts of the accounts. Each step can be repeated: what is done already is left alone."""

    def __init__(self, demo: dict[str, Any], town: Municipality):
        self.url = demo["url"]
        self.accounts = demo["accounts"]
        self.town = town

    def call(self, action: str, part: dict[str, str] | None = None, **data: Any) -> Any:
        """Call an action of the portal with an account's token."""
        request = urllib.request.Request(
            f"{self.url}/api/3/action/{action}",
            data=json.dumps(data).encode(),
            headers={"Content-Type": "application/json", **({"Authorization": part["token"]} if part else {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as problem:
            raise StepFailed(f"{action}: {problem.code} {problem.read(2000).decode(errors='replace')}") from None

    def harvest(self) -> None:
        """Start a job for each source that never ran, and wait until the real consumers have finished one."""
        admin = self.accounts["sysadmin"]
        waiting = []
        for source in self.town.sources:
            found = self.call("harvest_source_show", admin, id=source.name)
            # a source that is due all the time has been started by the schedule already, one of MQTT by its consumer
            if source.type != MQTT and not (found.get("status") or {}).get("last_job"):
                self.call("harvest_job_create", admin, source_id=found["id"], run=True)
            waiting.append(source.name)
        self._until(waiting, self._finished)

    def receive(self, send: Callable[[], dict[str, int]]) -> None:
        """Let the sensors send (`send` returns how many messages of each format) and wait until the MQTT sources have it all."""
        sources = {source.name: source.config["format"] for source in self.town.sources if source.type == MQTT}
        self._until(list(sources), lambda name: self._received(name)["connected"])
        before = {name: self._received(name)["received"] for name in sources}
        sent = send()
        self._until(list(sources), lambda name: self._received(name)["received"] >= before[name] + sent[sources[name]])

    def _received(self, source: str) -> dict[str, Any]:
        return self.call("mqtt_status_show", self.accounts["sysadmin"], source=source)

    def _until(self, sources: list[str], done: Callable[[str], bool]) -> None:
        deadline = time.monotonic() + HARVEST_SECONDS
        while sources := [name for name in sources if not done(name)]:
            if time.monotonic() > deadline:
                raise StepFailed(f"Diese Quellen sind nach {HARVEST_SECONDS} s nicht fertig: {', '.join(sources)}")
            time.sleep(1)

    def _finished(self, source: str) -> bool:
        admin = self.accounts["sysadmin"]
        source_id = self.call("harvest_source_show", admin, id=source)["id"]
        return bool(self.call("harvest_job_list", admin, source_id=source_id, status="Finished"))

    def review(self) -> None:
        """Submit what the sources brought and let three members vote; the last one is left for you to decide."""
        admin = self.accounts["sysadmin"]
        found = self.call("package_search", admin, rows=1000, include_private=True, fq="dataset_type:dataset", sort="name asc")
        records = {
            item["id"]: self.call("inventory_record_show", admin, id=item["id"]) for item in found["results"] if item["private"]
        }
        for source in self.town.sources:
            source_id = self.call("harvest_source_show", admin, id=source.name)["id"]
            brought = [item for item in found["results"] if records.get(item["id"], {}).get("source") == source_id]
            keep = brought.pop() if source is self.town.sources[-1] and brought else None
            for item in brought:
                self._decide(item, source)
            if keep:
                self._submit(keep, source)

    def _submit(self, item: dict[str, Any], source: Source) -> dict[str, Any] | None:
        release = source.standing_release
        scope = None
        if release:
            scope = {
                "streams": list(release.streams) if release.streams else None,
                "columns": list(release.columns) if release.columns else None,
                "resolution_seconds": release.resolution_seconds,
                "licence": release.licence,
                "until": time.strftime("%Y-%m-%d", time.gmtime(time.time() + release.days * 86400)),
            }
        data = {"package_id": item["id"], "comment": "Bitte zur Veröffentlichung freigeben."}
        if scope:
            data["standing_release"] = {key: value for key, value in scope.items() if value is not None}
        try:
            return self.call("review_show", self.accounts["sysadmin"], package_id=item["id"])
        except StepFailed:
            return self.call("review_submit", self.accounts[part_of(self.town, source.unit)], **data)

    def _decide(self, item: dict[str, Any], source: Source) -> None:
        case = self._submit(item, source)
        for member in self.accounts["board"]:
            if not case or case["state"] != "in_review":
                return
            if self.call("review_show", member, id=case["id"])["may_vote"]:
                case = self.call("review_vote", member, case_id=case["id"], vote="approve")

    def summary(self, file: Path) -> str:
        """What to look at, for a person."""
        count = self.call("package_search", rows=0)["count"]
        lines = [
            f"  Portal           {self.url}    ({count} veröffentlichte Datensätze)",
            f"  Katalog          {self.url}/catalog.ttl",
            f"  Anmelden         {self.url}/user/login   Konten mit Passwort: {file}",
        ]
        parts = ["sysadmin", "inventory_lead", "steward", "steward_stadtwerke", "dpo", "partner"]
        lines += [f"    {part:<20} {self.accounts[part]['name']}" for part in parts if part in self.accounts]
        lines += [f"    {'board':<20} {member['name']}" for member in self.accounts["board"]]
        lines += [
            "  Zum Ansehen      Als Mitglied des Datengremiums: ein Datensatz wartet auf Ihre Entscheidung.",
            "                   Als Datenpflege: Quellen, Inventar und Einreichungen der eigenen Stelle.",
            "  Beenden          bin/demo stop",
        ]
        return "\n".join(lines)
