"""The whole way in a real browser: a source brings a dataset, the steward submits it, three board members vote, and
somebody without an account downloads the file."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import urlsplit

import ckan.model as model
import pytest

from ckanext.datenplattform.harvesters import jobs
from tests import factories
from tests.browser import log_in
from tests.servers.process import Server


@pytest.fixture
def fresh_page(browser: Any, live_site: str):
    """Makes a page of somebody who was never here: own cookies."""
    contexts = []

    def make() -> Any:
        contexts.append(browser.new_context(base_url=live_site, locale="de-DE"))
        return contexts[-1].new_page()

    yield make
    for context in contexts:
        context.close()


def test_from_the_source_to_the_download(fresh_page: Any, mapserver: Server):
    unit = factories.unit("gruen")
    steward = factories.editor_of(unit)
    members = factories.board()
    source = factories.act(
        "harvest_source_create", name="geodaten", title="Geodatendienst", url=mapserver.url, source_type="wfs",
        owner_org=unit["id"], frequency="MANUAL", config='{"layers": ["baumkataster"]}',
    )  # fmt: skip
    assert jobs.run_source(source["id"])["status"] == "Finished"
    package: Any = model.Session.query(model.Package).filter_by(owner_org=unit["id"], type="dataset").one()
    address, anonymous = f"/dataset/{package.name}", fresh_page()
    assert anonymous.goto(address).status == 404

    desk = fresh_page()
    log_in(desk, steward["name"])
    desk.goto("/inventar")
    desk.click("text=Baumkataster")
    desk.fill("#responsible_function", "Baumkontrolle")
    desk.select_option("#personal_data", "none")
    desk.select_option("#openness", "open")
    desk.click("main button[type=submit]")
    assert "Der Eintrag ist vollständig" in desk.inner_text("[role=status]")
    desk.click("text=Zur Prüfung einreichen")
    desk.fill("#comment", "Bitte freigeben.")
    desk.click("main button[type=submit]")
    assert "Liegt dem Datengremium vor" in desk.inner_text("main")

    for count, member in enumerate(members[:3], start=1):
        assert anonymous.goto(address).status == 404, f"public after {count - 1} votes"
        seat = fresh_page()
        log_in(seat, member["name"])
        seat.goto("/gremium")
        seat.click("text=Baumkataster")
        seat.click("button[value=approve]")
        assert "Ihre Stimme ist gezählt" in seat.inner_text("[role=status]")

    assert anonymous.goto(address).status == 200
    with anonymous.expect_download() as waiting:
        anonymous.click("a[href$='.csv']:has-text('Herunterladen')")
    file = waiting.value.path()
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    shown = factories.anonymous("package_show", id=package.id)
    resource = next(item for item in shown["resources"] if item["format"].upper().endswith("CSV"))
    assert urlsplit(waiting.value.url).path == urlsplit(resource["url"]).path
    assert file.stat().st_size == resource["size"]
    assert len(rows) > 100
