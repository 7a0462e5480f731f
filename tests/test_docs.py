"""What exists is documented: settings, actions, plugins; what the pages link to exists; and the German texts are whole."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import ckan.authz as authz
import ckan.plugins as p
import pytest
import yaml
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from tests.layers import PLUGINS
from tests.tree import PACKAGE, ROOT, name_of, project_files

SETTINGS = (ROOT / "docs" / "settings.md").read_text()
KEY = re.compile(r"`(ckanext\.datenplattform\.[a-z0-9_.<>]+)`")
PAGES = [path for path in project_files() if path.suffix == ".md" and path.parent.name != "changes"]


def _declared() -> dict[str, str]:
    """Every declared setting of ours → the file that declares it."""
    found = {}
    for path in sorted(PACKAGE.glob("**/config_declaration.yaml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for option in group.get("options", []):
                found[option["key"]] = name_of(path)
    return found


@pytest.mark.parametrize("key", sorted(_declared()))
def test_setting_is_documented(key):
    assert f"`{key}`" in SETTINGS, f"{key} ({_declared()[key]}) needs a row in docs/settings.md"


def test_documented_settings_exist():
    stale = set(KEY.findall(SETTINGS)) - _declared().keys()
    assert not stale, f"docs/settings.md names settings that nobody declares: {sorted(stale)}"


def test_settings_bear_the_name_of_their_room_and_say_what_they_mean():
    for path in sorted(PACKAGE.glob("**/config_declaration.yaml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for option in group.get("options", []):
                assert option["key"].startswith(f"ckanext.datenplattform.{path.parent.name}."), name_of(path)
                assert option.get("description"), option["key"]


def test_settings_in_the_code_are_declared():
    """A key that is read but not declared has no default, no type and no documentation."""
    pattern = re.compile(r"[\"'](ckanext\.datenplattform\.[a-z0-9_.]+)[\"']")
    declared = _declared()
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in PACKAGE.rglob("*")}
    unknown = [
        f"{name_of(path)}: {key}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for key in pattern.findall(path.read_text())
        if key.count(".") > 2
        and key not in declared
        and key not in modules
        # the beginning of keys, to which a getter adds the rest
        and not (key.endswith(".") and any(name.startswith(key) for name in declared))
    ]
    assert not unknown, "\n".join(unknown)


def _our_plugins() -> list[p.SingletonPlugin]:
    return [p.get_plugin(name) for name in PLUGINS if p.plugin_loaded(name)]  # type: ignore[misc]


def _own_actions() -> dict[str, tuple[object, object]]:
    """Actions of ours by name; not those that only wrap an action of CKAN or of one of its extensions."""
    found = {}
    for plugin in _our_plugins():
        if p.IActions.provided_by(plugin):
            for name, function in plugin.get_actions().items():  # type: ignore[attr-defined]
                inner = inspect.unwrap(function)
                if not getattr(function, "chained_action", False) and inner.__module__.startswith(
                    "ckanext.datenplattform"
                ):
                    found[name] = (function, plugin)
    return found


@pytest.mark.usefixtures("with_plugins")
def test_actions_say_what_they_return_and_who_may_call_them():
    faults = []
    actions = _own_actions()
    assert actions
    for name, (function, plugin) in sorted(actions.items()):
        text = inspect.getdoc(inspect.unwrap(function)) or ""  # type: ignore[arg-type]
        where = f"{inspect.unwrap(function).__module__}.{name}"  # type: ignore[arg-type]
        if not re.search(r":returns?:|\breturns\b", text, re.IGNORECASE):
            faults.append(f"{where}: no docstring that says what it returns")
        own_auth = plugin.get_auth_functions() if p.IAuthFunctions.provided_by(plugin) else {}  # type: ignore[arg-type]
        if name not in own_auth:
            faults.append(f"{where}: no auth function of this name in its plugin")
    assert not faults, "\n".join(faults)


@pytest.mark.usefixtures("with_plugins")
def test_every_auth_function_of_ours_is_in_force():
    names = set(authz.auth_functions_list())
    for plugin in _our_plugins():
        if p.IAuthFunctions.provided_by(plugin):
            assert set(plugin.get_auth_functions()) <= names  # type: ignore[attr-defined]


@pytest.mark.usefixtures("with_plugins")
def test_reading_actions_have_no_side_effect():
    """What is named like reading is open to GET, so that the API behaves as people expect."""
    reading = re.compile(r"_(show|list|search|diff|autocomplete)$")
    closed = [
        name
        for name, (function, _) in _own_actions().items()
        if reading.search(name) and not getattr(function, "side_effect_free", False)
    ]
    assert not closed


def test_every_plugin_is_named_in_the_documentation():
    text = "\n".join(path.read_text() for path in PAGES)
    assert not [name for name in PLUGINS if not re.search(rf"\b{name}\b", text)]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    missing = [
        target
        for target in targets
        if not re.match(r"[a-z]+:|#", target) and not (page.parent / target.partition("#")[0]).exists()
    ]
    assert not missing


def test_decisions_are_numbered_and_short():
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in records]
    assert numbers == [f"{number:04}" for number in range(1, len(records) + 1)]
    for path in records:
        lines = path.read_text().splitlines()
        assert lines[0].startswith(f"# {path.name[:4]} "), path.name
        assert len(lines) <= 25, f"{path.name}: a decision is about ten lines"


def _glossary() -> list[tuple[str, list[str]]]:
    """Rows of the glossary: the term, and the words that are not to be said instead."""
    rows = []
    for line in (ROOT / "docs" / "glossar.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| ") else []
        if len(cells) == 4 and cells[0] not in ("Begriff", "---"):
            rows.append((cells[0], [word.strip() for word in cells[3].split(",") if word.strip() != "–"]))
    return rows


def _parts() -> list[tuple[str, Message]]:
    """Every German translation with the name of its file."""
    found = []
    for path in sorted((ROOT / "i18n" / "de" / "parts").glob("*.po")):
        with path.open("rb") as file:
            found += [(path.name, message) for message in read_po(file, locale="de") if message.id]
    return found


def _forms(text: Any) -> list[str]:
    """A text, or its singular and plural."""
    return [text] if isinstance(text, str) else list(text)


def _german_labels(node: object) -> Iterator[str]:
    """German texts of a YAML file that holds both languages, wherever they stand."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "de" and isinstance(value, str):
                yield value
            else:
                yield from _german_labels(value)
    elif isinstance(node, list):
        for value in node:
            yield from _german_labels(value)


def test_the_glossary_has_one_row_for_each_term():
    terms = [term for term, _ in _glossary()]
    assert len(terms) > 30
    assert len(terms) == len(set(terms))
    assert not set(terms) & {word for _, words in _glossary() for word in words}


def test_translations_use_the_words_of_the_glossary():
    said = [(f"i18n/de/parts/{name}", text) for name, message in _parts() for text in _forms(message.string)]
    for path in sorted(PACKAGE.glob("*/schemas/*.yaml")):
        said += [(name_of(path), text) for text in _german_labels(yaml.safe_load(path.read_text()))]
    faults = []
    for term, words in _glossary():
        for word in words:
            pattern = re.compile(rf"\b{re.escape(word)}(?:e|n|en|er|es|s|em)?\b")
            faults += [f"{where}: “{word}” should be “{term}”: {text}" for where, text in said if pattern.search(text)]
    assert not faults, "\n".join(faults)


def test_every_text_has_a_german_translation():
    found = subprocess.run([sys.executable, "bin/i18n", "--missing"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sdr]|(?<!%)%[sd](?!\w)|\{\w*\}", text))


def test_translations_keep_the_placeholders():
    """A lost placeholder loses a name or a number, an invented one breaks the page."""
    faults = []
    for name, message in _parts():
        sources, texts = _forms(message.id), _forms(message.string)
        wanted = [_placeholders(text) for text in sources]
        for number, text in enumerate(texts):
            # a translation may be missing here: then the English text is shown, and the test above fails
            if text and _placeholders(text) != wanted[min(number, len(wanted) - 1)]:
                faults.append(f"{name}: {sources[0]!r}: {text!r}")
    assert not faults, "\n".join(faults)
