"""A site in a process of its own that answers searches and says how long each took: `python -m bench.asked INI`.

One line of JSON in, one out: {"user": name or "", "token": key or "", "data": of package_search, "page": whether by the web} →
{"ms", "result", "statements": SQL statements}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


class Site:
    """The process, seen from the bench."""

    def __init__(self, ini: str) -> None:
        # what a site prints while it starts is not for us: answers come by a pipe of their own
        read, write = os.pipe()
        command = [sys.executable, "-m", "bench.asked", ini, str(write)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[write], text=True)
        os.close(write)
        self._answers = os.fdopen(read, encoding="utf-8")

    def ask(self, **question: Any) -> dict[str, Any]:
        """Put a question. Raises RuntimeError when the process has ended."""
        assert self._process.stdin is not None
        print(json.dumps(question), file=self._process.stdin, flush=True)
        answer = self._answers.readline()
        if not answer:
            raise RuntimeError("the site has ended")
        return json.loads(answer)

    def end(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._answers.close()


def without_plugins(ini: str) -> str:
    """A copy of the ini file beside it, for CKAN as it comes."""
    lines = Path(ini).read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("ckanext.")]
    bare = ["ckan.plugins =" if line.startswith("ckan.plugins =") else line for line in kept]
    path = Path(ini).with_name("bare.ini")
    path.write_text("\n".join(bare) + "\n", encoding="utf-8")
    return str(path)


def _serve(ini: str, out: Any) -> None:
    import ckan.model as model
    from ckan.cli import load_config
    from ckan.config.middleware import make_app
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    app: Any = make_app(load_config(ini))
    statements: list[str] = []
    event.listen(Engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: statements.append(statement))
    for line in sys.stdin:
        question = json.loads(line)
        statements.clear()
        answer = _page(app, question) if question["page"] else _action(app, question)
        model.Session.remove()
        print(json.dumps({**answer, "statements": len(statements)}), file=out, flush=True)


def _page(app: Any, question: dict[str, Any]) -> dict[str, Any]:
    from werkzeug.test import Client

    headers = {"Authorization": question["token"]} if question["token"] else {}
    started = time.perf_counter()
    answer = Client(app).post("/api/3/action/package_search", json=question["data"], headers=headers)
    spent = (time.perf_counter() - started) * 1000
    return {"ms": spent, "result": answer.get_json()["result"] if answer.status_code == 200 else answer.get_data(as_text=True)}


def _action(app: Any, question: dict[str, Any]) -> dict[str, Any]:
    import ckan.plugins.toolkit as tk

    with app._wsgi_app.test_request_context():
        started = time.perf_counter()
        found = tk.get_action("package_search")({"user": question["user"]}, dict(question["data"]))
        return {"ms": (time.perf_counter() - started) * 1000, "result": found}


if __name__ == "__main__":
    with os.fdopen(int(sys.argv[2]), "w", encoding="utf-8") as answers:
        _serve(sys.argv[1], answers)
