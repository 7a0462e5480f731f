"""The citizens' pages, as anonymous readers get them."""

from __future__ import annotations

import pytest

from tests import factories

pytestmark = pytest.mark.usefixtures("platform")


@pytest.mark.parametrize("path", ["/", "/dataset/", "/organization/", "/about", "/user/login"])
def test_pages_without_data(app, path):
    page = app.get(path)
    assert page.status_code == 200
    assert "Datenplattform Stadt Osnabrück" in page.text
    assert 'lang="de"' in page.text


def test_published_dataset(app, tmp_path):
    made = factories.published_dataset(tmp_path=tmp_path, title="Bäume <b>" + "sehr " * 60 + "langer Titel")
    page = app.get(f"/dataset/{made['name']}")
    assert "Was Sie damit dürfen" in page.text
    assert "Herunterladen" in page.text
    assert "Datenlizenz Deutschland" in page.text
    assert "<b>sehr" not in page.text
    resource = made["resources"][0]
    assert app.get(f"/dataset/{made['name']}/resource/{resource['id']}").status_code == 200
    assert made["name"] in app.get("/").text
    listed = app.get("/dataset/").text
    assert made["name"] in listed
    assert "1 Datensatz" in listed


def test_not_found_is_friendly(app):
    page = app.get("/dataset/gibt-es-nicht", status=404)
    assert "Diese Seite haben wir nicht gefunden" in page.text
