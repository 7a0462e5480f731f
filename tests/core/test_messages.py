"""Every sentence of core is there in German, with the same placeholders; it is German without a request too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from ckanext.datenplattform.core import errors, i18n

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "ckanext" / "datenplattform" / "core"


def catalogue() -> dict[str, str]:
    with (ROOT / "i18n" / "de" / "parts" / "core.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale="de") if message.id}


def source_strings() -> set[str]:
    found: set[str] = set()
    for path in CORE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
                found.add(ast.literal_eval(node.args[0]))
    return found


def test_every_sentence_is_translated_and_none_too_many() -> None:
    german = catalogue()
    assert set(german) == source_strings()
    for english, text in german.items():
        assert text
        assert sorted(re.findall(r"%\(\w+\)s", english)) == sorted(re.findall(r"%\(\w+\)s", text))


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Core's German strings alone, compiled."""
    target = tmp_path / "de" / "LC_MESSAGES"
    target.mkdir(parents=True)
    source = ROOT / "i18n" / "de" / "parts" / "core.po"
    with source.open("rb") as text, (target / f"{i18n.DOMAIN}.mo").open("wb") as file:
        write_mo(file, read_po(text, locale="de"))
    monkeypatch.setattr(i18n, "_folders", lambda: [tmp_path])
    monkeypatch.setitem(i18n.tk.config, "ckan.locale_default", "de")
    i18n._catalogue.cache_clear()
    yield
    i18n._catalogue.cache_clear()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (errors.PlatformError(), "Etwas ist schiefgegangen."),
        (
            errors.SourceUnreachable("a.example", cause="nobody answers there"),
            "Die Quelle a.example ist nicht erreichbar: dort antwortet niemand",
        ),
        (
            errors.SourceTimeout("a.example", seconds=60),
            "Die Quelle a.example hat nicht innerhalb von 60 Sekunden geantwortet.",
        ),
        (
            errors.SourceTooLarge("a.example", limit=200_000_000),
            "Die Antwort der Quelle a.example ist größer als die erlaubten 200 MB.",
        ),
        (
            errors.SourceStatus("100%.example", status=500),
            "Die Quelle 100%.example hat mit dem Fehler 500 geantwortet.",
        ),
        (errors.SourceFormat("a.example", expected="XML"), "Die Quelle a.example hat kein gültiges XML geliefert."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors_speak_german_without_a_request(german: None, error: errors.PlatformError, sentence: str) -> None:
    assert error.message == str(error) == sentence
