"""How programs read the series of a dataset: examples for people, each run by a test as it stands here. Pure.

Power Query's language runs in Excel only: of that example the test reads address, separator and encoding.
"""

from __future__ import annotations

from ..core.i18n import N_, translate

ALL_PAGES = N_("Python, all pages")
FROM_THE_WEB = N_("Excel: Data, From the web")

_PYTHON = """\
import pandas

measured = pandas.read_csv("{days}", parse_dates=["time"])
print(measured.head())"""
_PAGES = """\
import io

import pandas
import requests

address, pages = "{days}", []
while address:
    answer = requests.get(address, timeout=60)
    answer.raise_for_status()
    pages.append(pandas.read_csv(io.StringIO(answer.text), parse_dates=["time"]))
    address = answer.links.get("next", {{}}).get("url")
measured = pandas.concat(pages)
print(measured.head())"""
_R = """\
measured <- read.csv("{days}")
measured$time <- as.POSIXct(measured$time, format = "%Y-%m-%dT%H:%M:%S", tz = "UTC")
print(head(measured))"""
_POWER_QUERY = """\
let
    Source = Csv.Document(Web.Contents("{excel}"), [Delimiter=";", Encoding=65001, QuoteStyle=QuoteStyle.Csv]),
    Measured = Table.PromoteHeaders(Source, [PromoteAllScalars=true])
in
    Measured"""


def examples(root: str) -> list[dict[str, str]]:
    """``{"tool", "code"}``: how to read a dataset whose address in the Daten-API is ``root``."""
    days = f"{root}/observations.csv?interval=1d"
    excel = f"{days}&timezone=Europe/Berlin&excel=1"
    return [
        {"tool": "curl", "code": f'curl --compressed "{root}/latest.json"'},
        {"tool": "Python", "code": _PYTHON.format(days=days)},
        {"tool": translate(ALL_PAGES), "code": _PAGES.format(days=days)},
        {"tool": "R", "code": _R.format(days=days)},
        {"tool": translate(FROM_THE_WEB), "code": excel},
        {"tool": "Excel: Power Query", "code": _POWER_QUERY.format(excel=excel)},
    ]
