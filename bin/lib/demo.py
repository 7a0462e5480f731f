"""bin/demo: the whole platform on this machine, from real sources to published datasets."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

from tests.servers import live, lorawan_live, mapserver, mosquitto, seed_sensorthings, sensorthings
from tests.servers.process import ServerError, running_pid
from tests.servers.synthetic import Place

# isort: split
# after our own tests: importing CKAN puts its folder, with a `tests` of its own, in front of the path
from ckanext.datenplattform.core import municipality as municipalities

from . import demo_alerts, demo_lag, demo_records, demo_story
from .paths import ROOT, RUN, VENV
from .processes import Process, run
from .report import StepFailed, fail, step
from .services import Stack
from .site import environment, municipality_file, prepare_database, write_ini

ACCOUNTS = RUN / "demo.json"
DAYS = 14
WORKERS = {
    "site": ["gunicorn", "--workers", "2", "--threads", "4", "--worker-class", "gthread", "--timeout", "120"],
    "jobs": ["ckan", "jobs", "worker"],
    "gather": ["ckan", "harvester", "gather-consumer"],
    "fetch": ["ckan", "harvester", "fetch-consumer"],
    "schedule": ["ckan", "datenplattform", "harvest", "schedule", "--every", "10"],
    "alerts": ["ckan", "datenplattform", "alerts", "run"],
    "mqtt": ["ckan", "datenplattform", "mqtt", "run"],
}
# programs that play the town's sensors and map services: those that send end first
SOURCES = {
    live.NAME: live.stop,
    lorawan_live.NAME: lorawan_live.stop,
    mosquitto.NAME: mosquitto.stop,
    sensorthings.NAME: sensorthings.stop,
    mapserver.NAME: mapserver.stop,
}


def stacks() -> list[Path]:
    """Folders of all demos in this checkout."""
    return sorted(path.parent for path in RUN.glob("demo*/stack.json"))


def stop() -> None:
    """End everything the demo started."""
    for folder in stacks():
        for end in SOURCES.values():
            end(folder / "sources")
        Stack(folder, preferred_ports=True).stop()


def status() -> int:
    """Print what runs; 0 when the whole demo does."""
    if not stacks():
        print("Die Demo wurde hier noch nicht gestartet.")
        return 1
    down = 0
    for folder in stacks():
        stack = Stack(folder, preferred_ports=True)
        print(f"{folder.name}: http://127.0.0.1:{stack.port('site')}")
        names = [name for name in ("postgres", "redis", "solr") if _own(stack, name)] + list(WORKERS)
        found = {name: stack.process(name).pid() for name in names}
        found |= {name: running_pid(folder / "sources" / f"{name}.pid") for name in SOURCES}
        for name, pid in found.items():
            down += pid is None
            print(f"  {name:<18} {'läuft, Prozess ' + str(pid) if pid else 'läuft nicht'}")
    return 1 if down else 0


def _own(stack: Stack, name: str) -> bool:
    setting = {"postgres": "sqlalchemy.url", "redis": "ckan.redis.url", "solr": "solr_url"}[name]
    return setting not in stack.given


def start(key: str, fresh: bool) -> None:
    """Start the demo of one municipality."""
    started = time.monotonic()
    file = municipality_file(key)
    town = municipalities.load(file)
    folder = RUN / ("demo" if town.key == "osnabrueck" else f"demo-{town.key}")
    if fresh:
        stop()
        shutil.rmtree(folder, ignore_errors=True)
    stack = Stack(folder, preferred_ports=True)
    stack.start()
    sources = folder / "sources"
    place = Place(town.name, *town.centre, districts=tuple(item.name for item in town.districts))
    with step("SensorThings-Server mit Messreihen aus 14 Tagen"):
        things = sensorthings.start(sources, RUN, stack.port("sensorthings"))
        live.stop(sources)  # the seed fills the gap since the last start; both at once would write rows twice
        seed_sensorthings.seed(things.url, place, days=DAYS)
    with step("WFS- und WMS-Server mit Kartenebenen"):
        layers = mapserver.start(sources, stack.port("mapserver"), place)
    with step("MQTT-Broker für LoRaWAN-Sensoren"):
        broker = mosquitto.start(sources, stack.port("mqtt"), stack.port("mqtt_tls"), inflight=1000)
    live.start(sources, things.url, place, every=5)
    hosts = " ".join(f"127.0.0.1:{stack.port(name)}" for name in ("sensorthings", "mapserver", "mqtt"))
    stack.claim_port("site")
    secrets = {"ckanext.datenplattform.harvesters.secret.broker": mosquitto.READER[1]}
    ini = write_ini(stack, file, allowed_hosts=hosts, extra=secrets)
    with step("Datenbank"):
        prepare_database(stack, ini)
    env = {
        **environment(),
        "PYTHONPATH": f"{ROOT / 'bin'}:{ROOT}",
        "DATENPLATTFORM_SENSORTHINGS_URL": things.url,
        "DATENPLATTFORM_WFS_URL": layers.url,
        "DATENPLATTFORM_MQTT_URL": broker.url,
    }
    accounts = folder / "accounts.json"
    with step(f"Kommune {town.title}: Organisationen, Konten, Quellen"):
        run([VENV / "bin" / "python", "-m", "lib.demo_setup", ini, accounts], env, cwd=ROOT)
    _workers(stack, ini, env)
    story = demo_story.Story(_with_url(accounts, stack), town)
    with step("Quellen abholen"):
        story.harvest()
    with step("LoRaWAN-Sensoren senden, was seit dem letzten Mal fällig war"):
        story.receive(lambda: lorawan_live.catch_up(sources, stack.port("mqtt"), place))
        lorawan_live.start(sources, stack.port("mqtt"), place)
    with step("Datensätze durch das Datengremium"):
        story.review()
    with step("Warnung bei niedrigem Grundwasser"):
        demo_alerts.groundwater_rule(story.call, lambda unit: story.accounts[demo_story.part_of(town, unit)])
    with step("Inventar: was noch niemand veröffentlicht hat"):
        demo_records.fill(story.call, story.accounts, town.key)
    print(f"\nFertig nach {time.monotonic() - started:.0f} s.\n")
    print(story.summary(ACCOUNTS.relative_to(ROOT)))


def _workers(stack: Stack, ini: Path, env: dict[str, str]) -> None:
    with step("Portal und Hintergrunddienste"):
        for name, command in WORKERS.items():
            program = VENV / "bin" / command[0]
            if command[0] == "gunicorn":
                bind = f"127.0.0.1:{stack.port('site')}"
                arguments = [*command[1:], "--bind", bind, "lib.wsgi:application"]
            else:
                arguments = ["-c", str(ini), *command[1:]]
            stack.process(name).start([program, *arguments], {**env, "CKAN_INI": str(ini)}, cwd=ROOT)
        site: Process = stack.process("site")
        site.wait(lambda: demo_story.answers(f"http://127.0.0.1:{stack.port('site')}"), 90)


def _with_url(accounts: Path, stack: Stack) -> dict:
    """The accounts with the portal's address; a copy goes to .run/demo.json for scripts."""
    found = {"url": f"http://127.0.0.1:{stack.port('site')}", "accounts": json.loads(accounts.read_text())}
    ACCOUNTS.touch(mode=0o600)
    os.chmod(ACCOUNTS, 0o600)
    ACCOUNTS.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    return found


def main() -> int:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog="bin/demo")
    parser.add_argument("command", nargs="?", choices=["start", "stop", "status", "measure"], default="start")
    parser.add_argument("--municipality", default="osnabrueck", help="key of a file in config/municipalities, or a path")
    parser.add_argument("--fresh", action="store_true", help="throw the demo's data away first")
    wanted = parser.parse_args()
    try:
        if wanted.command == "stop":
            stop()
        elif wanted.command == "status":
            return status()
        elif wanted.command == "measure":
            return 0 if demo_lag.measure(json.loads(ACCOUNTS.read_text())["url"]) else 1
        else:
            start(wanted.municipality, wanted.fresh)
    except (StepFailed, ServerError) as problem:
        fail(str(problem))
    return 0


if __name__ == "__main__":
    sys.exit(main())
