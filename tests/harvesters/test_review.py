"""Harvesters know nothing of review, and get along with it: what is looked at waits, what is public stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckan.model as model

from ckanext.datenplattform.access import shared as access
from tests import factories
from tests.servers.process import Server

from .conftest import datasets, errors, run


def _change(source: dict[str, Any], **settings: Any) -> None:
    """A change of settings that changes every dataset of the source."""
    config = json.dumps({"layers": ["spielplaetze"], **settings})
    factories.act("harvest_source_patch", id=source["id"], config=config)


def test_what_is_in_review_is_held_and_tried_again(make_source: Callable[..., Any], mapserver: Server):
    source = make_source("wfs", mapserver.url, layers=["spielplaetze"])
    run(source)
    package = datasets(source)["ms:spielplaetze"]["id"]
    access.set_review_state(package, "in_review", access.content_hash(package))
    model.Session.commit()
    _change(source, themes="SOCI")

    for _ in range(2):
        job = run(source)
        assert errors(job) == []
        [entry] = job["report"]["remarks"].values()
        assert "Der nächste Lauf versucht es wieder" in entry["remarks"][0]
        assert not datasets(source)["ms:spielplaetze"].get("theme")

    access.set_review_state(package, None)
    model.Session.commit()
    assert run(source)["stats"]["updated"] == 1
    assert datasets(source)["ms:spielplaetze"]["theme"] == ["SOCI"]


def test_what_is_public_stays_and_gets_a_revision(make_source: Callable[..., Any], mapserver: Server):
    source = make_source("wfs", mapserver.url, layers=["spielplaetze"])
    run(source)
    before = datasets(source)["ms:spielplaetze"]
    decided = access.content_hash(before["id"])
    assert decided
    access.publish(before["id"], decided, "decision-1")
    model.Session.commit()
    assert run(source)["stats"]["not modified"] == 1
    _change(source, themes="SOCI")

    job = run(source)

    assert errors(job) == []
    live = factories.anonymous("package_show", id=before["id"])
    assert not live.get("theme")
    assert access.content_hash(before["id"]) == decided
    assert run(source)["stats"]["not modified"] == 1


def test_from_the_command_line(make_source: Callable[..., Any], mapserver: Server, cli: Any):
    source = make_source("wfs", mapserver.url, layers=["spielplaetze", "stadtteile"])
    command = ["datenplattform", "harvest", "run", source["name"]]

    looked = cli.invoke(_ckan(), [*command, "--dry-run"])
    assert looked.exit_code == 0, looked.output
    assert '"total": 2' in looked.output
    assert datasets(source) == {}
    done = cli.invoke(_ckan(), command)
    assert done.exit_code == 0, done.output
    assert "2 new, 0 changed, 0 unchanged, 0 vanished, 0 errors" in done.output
    dead = make_source("wfs", "http://127.0.0.1:9/ows")
    failed = cli.invoke(_ckan(), ["datenplattform", "harvest", "run", dead["name"]])
    assert failed.exit_code == 1
    assert "nicht erreichbar" in failed.output


def _ckan() -> Any:
    from ckan.cli.cli import ckan

    return ckan
