"""PostgreSQL, Redis and Solr on the loopback address, with all their data in the stack's folder.

Where the environment gives an address (CKAN_SQLALCHEMY_URL with CKAN_DATASTORE_WRITE_URL and
CKAN_DATASTORE_READ_URL, CKAN_REDIS_URL, CKAN_SOLR_URL), or the ini file named by DATENPLATTFORM_INI does,
that service is used as it is and not started.
"""

from __future__ import annotations

import configparser
import json
import os
import pwd
import secrets
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from .paths import ROOT, SOLR_LIB, VENV
from .processes import Process, answers, free_port, run
from .report import StepFailed, step

PREFERRED_PORTS = {
    "site": 5000, "postgres": 15432, "redis": 16379, "solr": 18983,
    "sensorthings": 18080, "mapserver": 18090, "mqtt": 18883, "mqtt_tls": 18884,
}  # fmt: skip


class Stack:
    """One set of services: ports and passwords are drawn once and kept in `stack.json` (mode 0600)."""

    def __init__(self, folder: Path, *, preferred_ports: bool = False, durable: bool = True):
        self.folder = folder
        self.durable = durable
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "stack.json"
        if self._file.exists():
            self.state = json.loads(self._file.read_text())
        else:
            self.state = {"ports": {}, "passwords": {}, "secret": secrets.token_urlsafe(32)}
            for name in ("postgres", "ckan", "datastore_ro", "redis"):
                self.state["passwords"][name] = secrets.token_urlsafe(24)
        missing = {name: port for name, port in PREFERRED_PORTS.items() if name not in self.state["ports"]}
        for name, port in missing.items():
            self.state["ports"][name] = free_port(port if preferred_ports else None)
        if missing:
            self.save()
        self.given = given_addresses()

    def save(self) -> None:
        """Keep ports and passwords for the next start."""
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps(self.state, indent=1))

    def port(self, name: str) -> int:
        """The port of a service of this stack."""
        return self.state["ports"][name]

    def process(self, name: str) -> Process:
        """A background process of this stack."""
        return Process(self.folder, name)

    def claim_port(self, name: str) -> None:
        """Before a start: take another port when somebody else sits on ours."""
        if not self.process(name).pid() and answers(self.port(name)):
            self.state["ports"][name] = free_port()
            self.save()

    # addresses, as CKAN's settings name them

    def settings(self) -> dict[str, str]:
        """CKAN's settings for the addresses of the services."""
        passwords = self.state["passwords"]
        base = f"127.0.0.1:{self.port('postgres')}"
        own = {
            "sqlalchemy.url": f"postgresql://ckan:{passwords['ckan']}@{base}/ckan",
            "ckan.datastore.write_url": f"postgresql://ckan:{passwords['ckan']}@{base}/datastore",
            "ckan.datastore.read_url": f"postgresql://datastore_ro:{passwords['datastore_ro']}@{base}/datastore",
            "ckan.redis.url": f"redis://:{passwords['redis']}@127.0.0.1:{self.port('redis')}/0",
            "solr_url": f"http://127.0.0.1:{self.port('solr')}/solr/ckan",
        }
        return {**own, **self.given}

    def start(self) -> None:
        """Start what is not given and does not run."""
        if "sqlalchemy.url" not in self.given:
            with step("PostgreSQL"):
                start_postgres(self)
        if "ckan.redis.url" not in self.given:
            with step("Redis"):
                start_redis(self)
        if "solr_url" not in self.given:
            with step("Solr"):
                start_solr(self)

    def stop(self) -> None:
        """End all background processes of this stack, services last."""
        pids = self.folder / "pids"
        names = {path.name for path in pids.glob("*")} if pids.exists() else set()
        for name in sorted(names - {"solr", "redis", "postgres"}):
            self.process(name).stop()
        for name in ("solr", "redis", "postgres"):
            # SIGINT asks PostgreSQL for its fast shutdown
            self.process(name).stop(2 if name == "postgres" else 15)


def given_addresses() -> dict[str, str]:
    """Addresses of services that the operator runs, from the environment or an ini file."""
    names = {
        "CKAN_SQLALCHEMY_URL": "sqlalchemy.url",
        "CKAN_DATASTORE_WRITE_URL": "ckan.datastore.write_url",
        "CKAN_DATASTORE_READ_URL": "ckan.datastore.read_url",
        "CKAN_REDIS_URL": "ckan.redis.url",
        "CKAN_SOLR_URL": "solr_url",
    }
    given: dict[str, str] = {}
    ini = os.environ.get("DATENPLATTFORM_INI")
    if ini:
        parser = configparser.ConfigParser(interpolation=None)
        if not parser.read(ini):
            raise StepFailed(f"DATENPLATTFORM_INI: {ini} ist nicht lesbar")
        section = dict(parser.items("app:main")) if parser.has_section("app:main") else {}
        given.update({key: section[key] for key in names.values() if key in section})
    given.update({key: os.environ[name] for name, key in names.items() if os.environ.get(name)})
    database = {"sqlalchemy.url", "ckan.datastore.write_url", "ckan.datastore.read_url"}
    if database & given.keys() and not database <= given.keys():
        missing = ", ".join(sorted(database - given.keys()))
        raise StepFailed(f"Für eine eigene Datenbank fehlt noch: {missing}")
    return given


# PostgreSQL


def _postgres_bin() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[4]))
    if not found:
        raise StepFailed("PostgreSQL ist nicht installiert (Paket postgresql-15)")
    return found[-1].parent


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root: then it is the user `postgres`.

    The checkout may lie in a folder that only root may enter; the capability lets the server pass
    through it (reading only), and nothing else changes.
    """
    if os.geteuid() != 0:
        return []
    return [
        "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups",
        "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search", "--",
    ]  # fmt: skip


def start_postgres(stack: Stack) -> None:
    """Start the server; on the first start make cluster, roles and databases."""
    data = stack.folder / "postgres"
    binaries = _postgres_bin()
    passwords = stack.state["passwords"]
    fresh = not (data / "PG_VERSION").exists()
    if fresh:
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(mode=0o700)
        password_file = stack.folder / "postgres.password"
        password_file.touch(mode=0o600)
        password_file.write_text(passwords["postgres"])
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            for path in (data, password_file):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        run(
            [*_as_postgres(), binaries / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
             "--auth=scram-sha-256", f"--pwfile={password_file}", *([] if stack.durable else ["--no-sync"])],
            cwd=Path("/"),
        )  # fmt: skip
        password_file.unlink()
    stack.claim_port("postgres")
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(stack.port("postgres")),
        "unix_socket_directories": "",
        "max_connections": "120",
        "shared_buffers": "256MB",
    }
    if not stack.durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    flags = [f"-c{key}={value}" for key, value in options.items()]
    process = stack.process("postgres")
    process.start([*_as_postgres(), binaries / "postgres", "-D", data, *flags], cwd=Path("/"))

    def ready() -> bool:
        port = str(stack.port("postgres"))
        command = [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", port]
        return subprocess.run(command, check=False).returncode == 0

    process.wait(ready, 60)
    if fresh:
        for statement in (
            f"CREATE ROLE ckan LOGIN PASSWORD '{passwords['ckan']}'",
            f"CREATE ROLE datastore_ro LOGIN PASSWORD '{passwords['datastore_ro']}'",
            "CREATE DATABASE ckan OWNER ckan",
            "CREATE DATABASE datastore OWNER ckan",
        ):
            psql(stack, statement)


def psql(stack: Stack, statement: str, database: str = "postgres") -> str:
    """Run SQL as the superuser of our own server."""
    command = [
        _postgres_bin() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
        "-p", str(stack.port("postgres")), "-U", "postgres", "-d", database,
    ]  # fmt: skip
    return run(command, {"PGPASSWORD": stack.state["passwords"]["postgres"]}, text=statement)


# Redis


def start_redis(stack: Stack) -> None:
    """Start Redis; the password goes through a config file, not through the process list."""
    stack.claim_port("redis")
    data = stack.folder / "redis"
    data.mkdir(exist_ok=True)
    config = data / "redis.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"bind 127.0.0.1\nport {stack.port('redis')}\nrequirepass {stack.state['passwords']['redis']}\n"
        f'dir "{data}"\nsave ""\nappendonly {"yes" if stack.durable else "no"}\n'
    )
    process = stack.process("redis")
    process.start(["redis-server", config])
    process.wait(lambda: answers(stack.port("redis")), 20)


# Solr


def solr_home(stack: Stack) -> Path:
    """Solr's home with one core: CKAN's schema with German added, our solrconfig and word lists."""
    home = stack.folder / "solr"
    conf = home / "ckan" / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    (home / "solr.xml").write_text("<solr></solr>\n")
    (home / "ckan" / "core.properties").write_text("name=ckan\n")
    source = ROOT / "config" / "solr"
    for name in ("solrconfig.xml", "protwords.txt", "synonyms.txt"):
        shutil.copy(source / name, conf / name)
    # in the environment that has CKAN
    run([VENV / "bin" / "python", "-m", "ckanext.datenplattform.search.conf", conf], cwd=ROOT)
    return home


def start_solr(stack: Stack) -> None:
    """Start Solr and wait until its core answers."""
    stack.claim_port("solr")
    home = solr_home(stack)
    process = stack.process("solr")
    process.start(
        ["java", "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-cp", f"{SOLR_LIB}/*",
         ROOT / "config" / "solr" / "SolrServer.java", str(stack.port("solr")), home]
    )  # fmt: skip

    def ready() -> bool:
        url = f"http://127.0.0.1:{stack.port('solr')}/solr/ckan/select?q=*:*&rows=0"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    process.wait(ready, 90)
