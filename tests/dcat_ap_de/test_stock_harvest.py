"""Stock ckanext-dcat, in a CKAN of its own beside ours, harvests our catalogue."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from bench import dcat_harvest

from .. import factories
from .examples import POOR, RICH
from .test_export import content, public_dataset


@pytest.mark.timeout(300)
def test_stock_harvests_our_catalogue_without_error(platform: None, app: Any):
    unit = factories.unit()
    for source in (RICH, POOR):
        public_dataset(unit, **content(source))
    catalogue = app.get("/catalog/full.xml").get_data()

    theirs = dcat_harvest.stock_ini(tk.config["__file__"])
    with dcat_harvest.served(catalogue) as address:
        found = dcat_harvest.in_a_process(theirs, "stock", address)

    assert found["errors"] == []
    came = {title: files for title, files, _addresses in found["brought"]}
    assert came == {source["title"]: len(source.get("resources", [])) for source in (RICH, POOR)}
