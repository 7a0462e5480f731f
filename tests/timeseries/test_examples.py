"""The examples of the Daten-API run as they are printed: on its page and in docs/daten-api.md, against the portal over HTTP."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from html import unescape
from pathlib import Path
from typing import Any

import ckan.model as model
import pytest
import requests

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.timeseries import shared
from ckanext.datenplattform.timeseries.shared import Stream
from tests import factories
from tests.browser import findings

ROOT = Path(__file__).resolve().parents[2]
FIELDS = [{"id": "stream", "type": "text"}, {"id": "time", "type": "timestamptz"}, {"id": "value", "type": "numeric"}]
#: More days than one page has rows, so that the example that reads all pages has to.
DAYS, PAGE = 5, 4
NAME = "pegel"


def run(*command: str) -> str:
    """What a program prints; it must end well."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def portal(live_site: str, ckan_config: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """A published dataset with two series of five days; the portal's address."""
    monkeypatch.setitem(ckan_config, "ckanext.datenplattform.timeseries.page_rows", PAGE)
    made = factories.dataset(factories.unit(), name=NAME, resources=[{"name": "Messwerte", "url_type": "datastore", "url": "x"}])
    resource = made["resources"][0]["id"]
    shared.ensure_table(resource, FIELDS)
    shared.describe_streams(resource, [Stream(stream=f"{NAME}-{n}", name=f"Pegel {n}", property="Wasserstand", unit="cm") for n in (1, 2)])
    noon = datetime(2026, 3, 27, 11, tzinfo=timezone.utc)
    rows = [[f"{NAME}-{n}", noon + timedelta(days=day), day + n / 2] for n in (1, 2) for day in range(DAYS)]
    shared.write_rows(resource, rows, [field["id"] for field in FIELDS])
    access.publish(made["id"], access.content_hash(made["id"]) or "", "decision-1")
    model.Session.commit()
    access.reindex([made["id"]])
    return live_site


@pytest.fixture
def printed(portal: str) -> list[tuple[str, str]]:
    """Tool and code of each example, as the page shows it, for our dataset."""
    page = requests.get(f"{portal}/api/daten/v1", timeout=60).text
    found = re.findall(r"<h3>([^<]+)</h3>\s*<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)
    return [(unescape(tool), unescape(code).replace("DATENSATZ", NAME)) for tool, code in found]


def test_what_the_page_prints_runs(printed: list[tuple[str, str]]):
    """R is Debian's r-base-core (bin/test installs it)."""
    assert [tool.split(",")[0].split(":")[0] for tool, _ in printed] == ["curl", "Python", "Python", "R", "Excel", "Excel"]
    curl, python, all_pages, r, excel, power_query = (code for _, code in printed)

    answer = json.loads(run("bash", "-c", curl))
    assert {item["stream"]: item["value"] for item in answer["series"]} == {f"{NAME}-1": 4.5, f"{NAME}-2": 5}

    first = run(sys.executable, "-c", f"{python}\nprint(len(measured), measured['time'].dtype)")
    assert f"{NAME}-1" in first
    assert first.endswith(f"{PAGE} datetime64[us, UTC]\n")

    assert run(sys.executable, "-c", f"{all_pages}\nprint(len(measured), measured['mean'].sum())").endswith(f"{2 * DAYS} 27.5\n")

    assert shutil.which("Rscript"), "Rscript is missing: apt-get install r-base-core"
    shown = run("Rscript", "-e", f"{r}\ncat(class(measured$time)[1], nrow(measured), format(measured$time[1]), sep = '|')")
    assert f"{NAME}-1" in shown
    assert shown.endswith(f"POSIXct|{PAGE}|2026-03-26 23:00:00")

    _as_excel_reads(excel)
    assert f'Web.Contents("{excel}")' in power_query
    assert '[Delimiter=";", Encoding=65001' in power_query


def _as_excel_reads(address: str) -> None:
    """German Excel: semicolons, decimal commas, a mark of UTF-8, times without offset."""
    answer = requests.get(address, timeout=60)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0]["mean"] == "0,5"
    assert rows[0]["time"].startswith("2026-03-27 00:00")


@pytest.mark.parametrize(("language", "interpreter"), [("", ["bash", "-c"]), ("python", [sys.executable, "-c"])])
def test_what_the_documentation_prints_runs(portal: str, language: str, interpreter: list[str]):
    text = (ROOT / "docs" / "daten-api.md").read_text()
    blocks = re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert blocks
    for block in blocks:
        code = re.sub(r"https://daten\.example\.org/api/daten/v1/[a-z0-9-]+/", f"{portal}/api/daten/v1/{NAME}/", block)
        assert code != block
        run(*interpreter, code)


@pytest.mark.parametrize("width", [1280, 360])
def test_the_pages_of_a_dataset_and_of_the_api(portal: str, browser: Any, width: int):
    context = browser.new_context(base_url=portal, locale="de-DE", viewport={"width": width, "height": 900})
    page = context.new_page()
    for address, words in ((f"/dataset/{NAME}", ["Zuletzt gemessen", "Pegel 1", "4,5\u00a0cm", "So nutzen Sie diese Daten"]),
                           ("/api/daten/v1", ["Beispiele", "Was Sie fragen können", "observations"])):  # fmt: skip
        page.goto(address)
        shown = page.inner_text("main")
        assert [word for word in words if word not in shown] == []
        assert findings(page, f"series{address.replace('/', '-')}-{width}") == []
        example = page.locator("pre code", has_text="read.csv").text_content()
        assert f"{portal}/api/daten/v1/{NAME if NAME in address else 'DATENSATZ'}/observations.csv" in example
    context.close()
