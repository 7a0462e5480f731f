"""The same dataset from two sources is one record: the better source has it, nothing goes to and fro."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import ckan.model as model
import pytest
from ckanext.harvest.model import HarvestObject

from ckanext.datenplattform.harvesters import jobs, memory, twins
from tests import factories

from .conftest import datasets, errors, run
from .pages import Pages

UUID = "0b5a4ab4-7f6c-4f0e-9d0c-0c7b1e6a2f01"


def dataset(address: str, title: str, more: str = "") -> str:
    """A dataset in Turtle."""
    return f'<{address}> a dcat:Dataset ; dct:title "{title}" {more} .'


def count() -> int:
    """How many datasets there are."""
    return model.Session.query(model.Package).filter_by(type="dataset", state="active").count()


def remarks(job: dict[str, Any]) -> list[str]:
    """All remarks of a job."""
    return [text for entry in job["report"]["remarks"].values() for text in entry["remarks"]]


@pytest.fixture
def two(make_source: Callable[..., Any], pages: Pages) -> tuple[dict[str, Any], dict[str, Any]]:
    """The town's own catalogue (rank 10), and the Land's, which has one of its datasets besides."""
    own = pages.turtle("/stadt", dataset("https://stadt.de/1", "Bäume (Stadt)", f'; dct:identifier "{UUID}"'))
    other = pages.turtle(
        "/land",
        dataset("https://land.de/77", "Bäume (Land)", f'; adms:identifier "{UUID}"'),
        *(dataset(f"https://land.de/{number}", f"Anderes {number}") for number in range(1, 10)),
    )
    return (
        make_source("dcat_ap_de", own, title="Stadt", rank=10),
        make_source("dcat_ap_de", other, title="Land", rank=20),
    )


def test_the_better_source_keeps_it(two: tuple[dict[str, Any], dict[str, Any]]):
    town, land = two
    run(town)

    job = run(land)

    assert errors(job) == []
    assert job["stats"] == {"added": 9, "updated": 0, "not modified": 1, "errored": 0, "deleted": 0}
    assert any("„Stadt“" in text for text in remarks(job))
    assert count() == 10
    row = memory.record(land["id"], UUID)
    assert (row.covered_by, row.package_id) == (town["id"], None)
    for _ in range(2):
        for source in (land, town):
            again = run(source)
            assert (again["stats"]["added"], again["stats"]["updated"], again["stats"]["deleted"]) == (0, 0, 0)
            assert remarks(again) == []
    assert count() == 10


def test_the_better_source_that_comes_later_takes_it_over_with_its_address(two: tuple[dict[str, Any], dict[str, Any]]):
    town, land = two
    run(land)
    before = datasets(land)[UUID]

    job = run(town)

    assert errors(job) == []
    assert count() == 10
    after = datasets(town)[UUID]
    assert (after["id"], after["name"]) == (before["id"], before["name"])
    assert after["title"] == "Bäume (Stadt)"
    assert UUID not in datasets(land)
    again = run(land)
    assert (again["stats"]["updated"], again["stats"]["deleted"]) == (0, 0)
    assert datasets(town)[UUID]["title"] == "Bäume (Stadt)"


def test_when_the_better_one_loses_it_the_other_takes_over_and_gives_it_back(
    two: tuple[dict[str, Any], dict[str, Any]], pages: Pages
):
    town, land = two
    full = pages["/stadt"]
    run(town)
    run(land)
    package = datasets(town)[UUID]["id"]

    pages.turtle("/stadt", dataset("https://stadt.de/9", "Ganz anderes"))
    run(town)
    factories.act("harvest_source_confirm_vanish", id=town["id"])
    assert factories.act("inventory_record_show", id=package)["vanished_at"]
    run(land)

    taken = datasets(land)[UUID]
    assert (taken["id"], taken["title"]) == (package, "Bäume (Land)")
    assert factories.act("inventory_record_show", id=package)["vanished_at"] is None

    pages["/stadt"] = full
    run(town)
    back = datasets(town)[UUID]
    assert (back["id"], back["title"]) == (package, "Bäume (Stadt)")
    assert UUID not in datasets(land)
    assert count() == 11


def test_of_equal_rank_the_first_keeps_it(make_source: Callable[..., Any], pages: Pages):
    first = make_source("dcat_ap_de", pages.turtle("/a", dataset("https://x.de/1", "Erste")), title="A")
    second = make_source("dcat_ap_de", pages.turtle("/b", dataset("https://x.de/1", "Zweite")), title="B")

    for source in (first, second, first, second):
        run(source)

    assert datasets(second) == {}
    assert datasets(first)["https://x.de/1"]["title"] == "Erste"


def test_a_source_that_is_switched_off_keeps_nothing(make_source: Callable[..., Any], pages: Pages):
    first = make_source("dcat_ap_de", pages.turtle("/a", dataset("https://x.de/1", "Erste")), title="A")
    second = make_source("dcat_ap_de", pages.turtle("/b", dataset("https://x.de/1", "Zweite")), title="B")
    run(first)
    package = datasets(first)["https://x.de/1"]["id"]
    factories.act("harvest_source_delete", id=first["id"])

    run(second)

    assert datasets(second)["https://x.de/1"]["id"] == package


def test_a_number_that_each_source_counts_for_itself_is_no_identity(make_source: Callable[..., Any], pages: Pages):
    first = pages.turtle("/a", dataset("https://a.de/1", "A", '; dct:identifier "12"'))
    second = pages.turtle("/b", dataset("https://b.de/1", "B", '; dct:identifier "12"'))

    for source in (make_source("dcat_ap_de", first), make_source("dcat_ap_de", second)):
        run(source)

    assert count() == 2
    assert twins.worldwide(["12", "baeume", "http://localhost/1", "http://base.invalid/1", "https://x.de/", UUID]) == [UUID]


def test_two_sources_at_once_make_one(two: tuple[dict[str, Any], dict[str, Any]], app: Any):
    def harvest(source_id: str) -> None:
        with app.flask_app.test_request_context():
            try:
                jobs.run_source(source_id)
            finally:
                model.Session.remove()

    threads = [threading.Thread(target=harvest, args=(source["id"],)) for source in two]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    model.Session.rollback()

    assert count() == 10
    assert {obj.state for obj in model.Session.query(HarvestObject)} == {"COMPLETE"}
    # whoever was first: at the next run the town has it
    run(two[0])
    assert datasets(two[0])[UUID]["title"] == "Bäume (Stadt)"
    assert count() == 10
