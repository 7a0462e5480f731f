"""Run one bench file on the stack that bin/bench started: `python -m bench INI NAME`; prints its claims, 1 when one is short."""

from __future__ import annotations

import sys
from importlib import import_module

# now: CKAN's command line puts CKAN's own folder, which has a `tests` too, in front of ours
import tests  # noqa: F401


def main(ini: str, name: str) -> int:
    """The exit code: 0 when all claims hold."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    from bench import site

    site.app, site.ini = make_app(load_config(ini)), ini
    with site.app._wsgi_app.test_request_context():  # CKAN's actions and helpers expect a request
        found = import_module(f"bench.{name}").claims()
    for claim in found:
        print(claim.line(), flush=True)
    return 0 if all(claim.holds for claim in found) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
