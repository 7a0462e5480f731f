"""The leak matrix: states × readers × ways, each cell with words of its own.

Who may see what is the table of review/test_matrix; nobody meets a word above the level that it gives. For whom a dataset does not
exist each way answers as for one that never was.
"""

from __future__ import annotations

import gzip
import io
import itertools
import json
import re
import zipfile
from contextlib import closing

import ckan.plugins as p
import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from tests.access import leak_ways as ways
from tests.access.leak_world import NEVER, READERS, STATES, LeakWorld, words
from tests.review import test_matrix as table

ORDER = (None, "entry", "data", "all")
THINGS = re.compile(r"<(ID|NAME|RESOURCE|SERIES|RULE|ALERT|VIEW|CASE|REVISION)>")
OF_ONE = [(name, data, "action") for name, data in ways.READS] + [(path, None, "page") for path in ways.PAGES]
OF_ALL = [(name, data, "action") for name, data in ways.LISTS] + [(path, None, "page") for path in ways.OVERVIEWS]
TO_CHANGE = [(name, data, "change") for name, data in ways.CHANGES]


def level(state, reader):
    """What the table gives the reader."""
    as_reader = table.SAME_AS.get(reader, reader)
    return table.EXPECTED[state][table.READERS.index(as_reader)]


def forbidden(state, reader):
    """The words that this reader must not meet."""
    found = words(state)
    above = [word for needed, word in found.items() if needed != "revision" and ORDER.index(needed) > ORDER.index(level(state, reader))]
    return above + ([found["revision"]] if level(state, reader) != "all" else [])


@pytest.fixture
def world(request, with_plugins, reset_db, reset_index, tmp_path_factory):
    """Made once for this file: its tests only read."""
    if not hasattr(request.module, "_made"):
        reset_db()
        reset_index()
        request.module._made = LeakWorld(tmp_path_factory.mktemp("leck"))
    return request.module._made


def text_of(answer):
    """What an answer tells, unpacked, in small letters, with where it leads to."""
    raw = answer.get_data()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    if raw[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            raw = b"\n".join(archive.read(name) for name in archive.namelist())
    return (raw.decode("utf-8", "replace") + answer.headers.get("Location", "")).lower()


def ask(app, world, way, names, reader):
    """The answer to one cell's question, and the question as text."""
    target, data, kind = way
    headers = world.headers[reader]
    if kind == "page":
        path = world.filled(target, names)
        return app.get(path, headers=headers, follow_redirects=False), path
    filled = world.filled(data, names)
    return app.post(f"/api/3/action/{target}", json=filled, headers=headers), json.dumps(filled)


def named(world, state):
    """The dataset's names for a way."""
    return {**world.names[state], "WORD": words(state)["entry"], "SECRET": words(state)["data"]}


def never(world, state):
    """Names that never were, for the same way: the words that are asked with stay."""
    asked = named(world, state)
    parts = ("ID", "RESOURCE", "SERIES", "RULE", "ALERT", "VIEW", "CASE", "REVISION")
    return {**dict.fromkeys(parts, NEVER), "NAME": "gab-es-nie", "WORD": asked["WORD"], "SECRET": asked["SECRET"]}


def alike(answer, names):
    """What may be compared with the answer for what never was: the status; of an API's answer the words too."""
    text = text_of(answer) if answer.is_json else ""
    for name in sorted(names.values(), key=len, reverse=True):
        text = text.replace(name.lower(), "…")
    return answer.status_code, text


def problems_of(app, world, way, state, reader, missing):
    """What is wrong in one cell of a way about one dataset. `missing`: what was answered for one that never was."""
    names = named(world, state)
    answer, asked = ask(app, world, way, names, reader)
    text, found = text_of(answer), []
    if answer.status_code >= 500:
        found.append((state, "error", answer.status_code))
    found += [(state, word) for word in forbidden(state, reader) if word in text and word not in asked.lower()]
    pattern = way[0] if way[2] == "page" else json.dumps(way[1])
    if level(state, reader) is None and THINGS.search(pattern) and answer.status_code < 500:
        other = never(world, state)
        # asked once, unless a word of the state is in the question
        key = state if "<WORD>" in pattern or "<SECRET>" in pattern else ""
        if key not in missing:
            missing[key] = alike(ask(app, world, way, other, reader)[0], other)
        if alike(answer, names) != missing[key]:
            found.append((state, "differs from what never was", alike(answer, names), missing[key]))
    return found


@pytest.mark.parametrize("reader", READERS)
def test_nobody_meets_what_is_above_their_level(reader, world, app, subtests):
    for way in (*OF_ONE, *TO_CHANGE):
        # who may know of a dataset might change it: that is not asked here
        states = [state for state in STATES if way[2] != "change" or level(state, reader) is None]
        missing: dict[str, tuple] = {}
        with subtests.test(way=way[0], data=way[1]):
            assert [problem for state in states for problem in problems_of(app, world, way, state, reader, missing)] == []
    for way in OF_ALL:
        with subtests.test(way=way[0], data=way[1]):
            answer = ask(app, world, way, {}, reader)[0]
            text = text_of(answer)
            assert answer.status_code < 500, text[:500]
            assert [(state, word) for state in STATES for word in forbidden(state, reader) if word in text] == []


@pytest.mark.parametrize("reader", READERS)
def test_new_values_come_to_those_who_may_read_them(reader, world, app):
    """The way that never ends, up to its first values: with all numbers from the start, so that there are some."""
    client = app.test_client()
    for state in STATES:
        path = f"/api/daten/v1/{world.names[state]['ID']}/live?after=0-0"
        answer = client.get(path, headers=world.headers[reader], buffered=False)
        if answer.status_code == 200:
            with closing(answer):
                first = b"".join(itertools.islice(answer.response, 2)).decode()
            assert level(state, reader) in ("data", "all"), state
            assert words(state)["data"] in first
        else:
            missing = app.get(f"/api/daten/v1/{NEVER}/live?after=0-0", headers=world.headers[reader])
            assert level(state, reader) in (None, "entry"), state
            assert (answer.status_code, answer.get_data()) == (404, missing.get_data())


def test_the_ways_would_tell(world, app):
    """The other side: whoever may, meets the words by these ways; so an empty answer says something."""
    names = named(world, "in_review")
    found = words("in_review")
    for target, data, word in (
        ("package_show", {"id": "<ID>"}, "entry"), ("dcat_dataset_show", {"id": "<ID>"}, "entry"),
        ("datastore_search", {"resource_id": "<RESOURCE>"}, "data"), ("timeseries_query", {"dataset": "<ID>"}, "data"),
        ("timeseries_latest", {"property": "water_level"}, "data"), ("/api/daten/v1/<ID>/observations.csv", None, "data"),
        ("/sta/v1.1/Sensors('<SERIES>')/Datastreams", None, "data"), ("/sta/v1.1/Things", None, "data"),
        ("/sta/v1.1/Datastreams('<SERIES>.<SECRET>')/Observations", None, "data"),
        ("inventory_record_show", {"id": "<ID>"}, "all"),
        ("review_show", {"package_id": "<ID>"}, "all"), ("review_list", {}, "entry"), ("inventory_record_list", {"q": "<WORD>"}, "entry"),
        ("/dataset/<NAME>", None, "entry"), ("/dataset/<ID>.ttl", None, "entry"), ("/inventar/<NAME>", None, "all"),
        ("/dataset/<ID>/resource/<RESOURCE>/download/<SECRET>.csv", None, "data"), ("/inventar/export.csv", None, "entry"),
    ):  # fmt: skip
        kind = "page" if target.startswith("/") else "action"
        answer = ask(app, world, (target, data, kind), names, "editor")[0]
        assert found[word] in text_of(answer), target
    shown = text_of(ask(app, world, ("package_show", {"id": "<ID>"}, "action"), named(world, "published"), "anonymous")[0])
    assert words("published")["entry"] in shown
    # staff of other organisations read the entry's page, though its file has a view
    entry = ask(app, world, ("/dataset/<NAME>", None, "page"), named(world, "internal"), "staff")[0]
    assert (entry.status_code, words("internal")["entry"] in text_of(entry)) == (200, True)
    views = ask(app, world, ("resource_view_list", {"id": "<RESOURCE>"}, "action"), named(world, "internal"), "staff")[0]
    assert views.json["result"] == []


def test_each_action_of_ours_has_its_row(with_plugins):
    """A new action is tried, or says why it cannot tell of a dataset."""
    registered = set()
    for plugin in p.PluginImplementations(p.IActions):
        if type(plugin).__module__.startswith("ckanext.datenplattform"):
            registered |= {name for name, action in plugin.get_actions().items() if not getattr(action, "chained_action", False)}
    tried = {name for name, _ in (*ways.READS, *ways.LISTS, *ways.CHANGES)}
    assert registered - tried - ways.NO_DATASET.keys() == set()
    assert ways.NO_DATASET.keys() - registered == set()
    assert ways.NO_DATASET.keys() & tried == set()


def test_each_page_of_ours_has_its_row(world, app):
    """A new page is tried, or says why it cannot tell of a dataset."""
    rules = app.flask_app.url_map
    ours = {rule.endpoint for rule in rules.iter_rules() if rule.endpoint.startswith("dp_")}
    adapter, tried = rules.bind("127.0.0.1"), set()
    for path in (*ways.PAGES, *ways.OVERVIEWS):
        try:
            tried.add(adapter.match(world.filled(path, named(world, "internal")).partition("?")[0])[0])
        except (NotFound, MethodNotAllowed, RequestRedirect):
            continue
    known = tried | ways.SENT.keys() | ways.NO_DATASET_ROUTES.keys()
    assert ours - known == set()
    assert (ways.SENT.keys() | ways.NO_DATASET_ROUTES.keys()) - ours == set()
    actions = {name for name, _ in ways.CHANGES} | ways.NO_DATASET.keys()
    assert set(ways.SENT.values()) <= actions
