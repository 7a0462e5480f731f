"""Sources, jobs and units for the tests of the harvesters."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ckan.model as model
import pytest

from ckanext.datenplattform.harvesters import jobs
from tests import factories

from .pages import Pages, serve

_number = itertools.count(1)


@pytest.fixture
def unit(platform: None) -> dict[str, Any]:
    """A unit with nobody in it."""
    return factories.unit()


@pytest.fixture
def make_source(unit: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Make a source: type, address, settings."""

    def make(kind: str, url: str, frequency: str = "MANUAL", title: str = "Testquelle", **config: Any) -> dict[str, Any]:
        return factories.act(
            "harvest_source_create",
            name=f"quelle-{next(_number)}",
            title=title,
            url=url,
            source_type=kind,
            owner_org=unit["id"],
            frequency=frequency,
            config=json.dumps(config),
        )

    return make


def run(source: dict[str, Any]) -> dict[str, Any]:
    """Harvest a source in this process; the finished job with its report."""
    job = jobs.run_source(source["id"])
    assert job["status"] == "Finished", job
    return {**job, "report": factories.act("harvest_job_report", id=job["id"])}


def datasets(source: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Remote id → dataset, of what a source has brought."""
    from ckanext.datenplattform.harvesters import memory

    model.Session.expire_all()
    return {
        remote_id: factories.act("package_show", id=row.package_id)
        for remote_id, row in memory.records(source["id"]).items()
        if row.package_id
    }


def errors(job: dict[str, Any]) -> list[str]:
    """All errors of a job as texts."""
    report = job["report"]
    found = [error["message"] for error in report["gather_errors"]]
    return found + [error["message"] for entry in report["object_errors"].values() for error in entry["errors"]]


@contextmanager
def setting(config: Any, key: str, value: Any) -> Iterator[None]:
    """A setting for a moment."""
    before = config.get(key)
    config[key] = value
    try:
        yield
    finally:
        config[key] = before


@pytest.fixture
def pages() -> Iterator[Pages]:
    """A server of catalogues."""
    with serve() as found:
        yield found
