"""A dataset with one series of groundwater, its editor, and a program that listens to webhooks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.lib import jobs

from ckanext.datenplattform.timeseries import shared
from ckanext.datenplattform.timeseries.alerts import follow, outbox
from ckanext.datenplattform.timeseries.alerts.webhook import KEYS_PREFIX
from tests import factories as f

KEY = "whsec_" + "a2FuYXJpa2FuYXJpa2FuYXJpa2FuYXJp"
AUTHORITY = "wasserbehoerde@example.org"


class Scene:
    """Values come at minutes before now."""

    def __init__(self) -> None:
        self.now = datetime.now(timezone.utc).replace(microsecond=0)
        self.unit = f.unit("wasser")
        self.editor = f.editor_of(self.unit)["name"]
        files = [{"name": "Messwerte", "url_type": "datastore", "url": "x"}]
        made = f.dataset(self.unit, self.editor, title="Grundwasserstände", resources=files)
        self.id, self.name, self.resource = made["id"], made["name"], made["resources"][0]["id"]
        shared.ensure_table(self.resource, [{"id": "value", "type": "numeric"}, {"id": "value_text", "type": "text"}])
        told = shared.Stream(stream="gw-3", name="Grundwasserstand", thing="Messstelle Hafen", property="Grundwasserstand", unit="m")
        shared.describe_streams(self.resource, [told])
        jobs.get_queue().empty()

    def write(self, *values: tuple[float, Any], stream: str = "gw-3") -> None:
        """Values at (minutes before now, value)."""
        rows = [{"stream": stream, "time": self.now - timedelta(minutes=minutes), "value": value} for minutes, value in values]
        shared.write_rows(self.resource, rows, ["stream", "time", "value"])

    def rule(self, as_user: str | None = "", **data: Any) -> dict[str, Any]:
        """A rule: below 59.5 m, told to the authority."""
        wanted = {"resource_id": self.resource, "stream": "gw-3", "kind": "below", "threshold": 59.5, "recipients": [AUTHORITY], **data}
        return f.act("alert_rule_create", self.editor if as_user == "" else as_user, **wanted)

    def judge(self, minutes: float = 0) -> None:
        """As the process does that runs all the time, so many minutes later."""
        assert follow.run([self.resource], self.now + timedelta(minutes=minutes)) == 0

    def deliver(self, minutes: float = 0) -> int:
        """Send what is due so many minutes later."""
        return outbox.deliver(max(datetime.now(timezone.utc), self.now) + timedelta(minutes=minutes, seconds=1))

    def alerts(self, state: str = "all") -> list[dict[str, Any]]:
        """The alerts of the dataset, the newest first."""
        return f.act("alert_list", self.editor, dataset=self.name, state=state)

    def states(self) -> list[str]:
        """Their states, the oldest first."""
        return [alert["state"] for alert in reversed(self.alerts())]

    def log(self, rule: dict[str, Any]) -> list[str]:
        """What stands in a rule's log, the oldest first."""
        return [entry["what"] for entry in reversed(f.act("alert_log_list", self.editor, id=rule["id"]))]


@pytest.fixture
def scene(platform: None) -> Scene:
    """The scene with three values that are nothing to report."""
    scene = Scene()
    scene.write((60, 60.2), (45, 60.1), (30, 60.0))
    return scene


class Program:
    """A real HTTP server that keeps what it is told. `answer`: the status it gives."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answer = 204
        self.location = ""
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                program.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(program.answer)
                if program.location:
                    self.send_header("Location", program.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}/warnungen?marke=geheim"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self) -> list[tuple[dict[str, str], bytes]]:
        """The calls so far."""
        found, self.calls = self.calls, []
        return found


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """A program that the operator allowed, and its key."""
    made = Program()
    monkeypatch.setitem(tk.config, "ckanext.datenplattform.core.http.allowed_hosts", made.host)
    monkeypatch.setitem(tk.config, KEYS_PREFIX + "leitstelle", KEY)
    yield made
    made.server.shutdown()
    made.server.server_close()
    model.Session.rollback()
