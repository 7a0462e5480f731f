"""Solr's configuration for the catalogue: CKAN's own schema with German added, and the word lists. Standard library only.

``python -m ckanext.datenplattform.search.conf FOLDER`` writes it, as ``ckan datenplattform search conf FOLDER`` does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

#: Our files beside CKAN's.
FILES = Path(__file__).parent / "solr"
#: A word list of the machine, used if it is there. Debian's package wngerman (igerman98; GPL 2 or later).
WORD_LIST = Path("/usr/share/dict/ngerman")
#: Letters that a part of a compound has; those with the fewest only where they are nouns.
SHORTEST, LONGEST = 4, 12
#: CKAN's fields that are searched, and where they are copied to. Nothing that CKAN's own `text` does not hold.
TITLES = ("title", "tags")
TEXTS = ("title", "notes", "tags", "name", "res_name", "res_description", "groups", "organization", "extras_*", "res_extras_*")
COPIES = [
    *((source, f"title_{kind}") for source in TITLES for kind in ("de", "de_whole", "de_spelled")),
    ("title", "title_de_begin"),
    *((source, f"text_{kind}") for source in TEXTS for kind in ("de", "de_whole")),
]


def schema(stock: str, german: str) -> str:
    """CKAN's schema with the types and fields of ours. Raises ValueError where CKAN's has no place for them."""
    copies = "".join(f'<copyField source="{source}" dest="{dest}"/>\n' for source, dest in COPIES)
    for name, added in (("types", _inside(german, "types")), ("fields", _inside(german, "fields")), ("schema", copies)):
        end = f"</{name}>"
        if stock.count(end) != 1:
            raise ValueError(f"CKAN's schema.xml has no single {end}")
        stock = stock.replace(end, f"{added}\n{end}")
    return stock


def _inside(text: str, name: str) -> str:
    return text.split(f"<{name}>", 1)[1].split(f"</{name}>", 1)[0]


def normalized(word: str) -> str:
    """A word in small letters as Lucene's GermanNormalizationFilter leaves it: ß is ss, umlauts lose their dots, the e of ae, oe
    and ue goes, that of ue not after a vowel or q (Lucene 9, package analysis.de)."""
    found: list[str] = []
    before = "other"
    for letter in word:
        if letter == "e" and before == "may stand for an umlaut":
            before = "vowel"
            continue
        found.append(_LETTERS.get(letter, letter))
        if letter in "ao" or (letter == "u" and before == "other"):
            before = "may stand for an umlaut"
        else:
            before = "vowel" if letter in "ueiqyäöü" else "other"
    return "".join(found)


_LETTERS = {"ä": "a", "ö": "o", "ü": "u", "ß": "ss"}


def parts(words: Iterable[str], own: Iterable[str], stopwords: Iterable[str]) -> list[str]:
    """What compounds may be made of, normalized and sorted: our own words, and of a list all of a fitting length. Nouns are those
    with a capital; abbreviations are left out."""
    fillers = set(stopwords)

    def fitting() -> Iterator[str]:
        for word in words:
            small = word.lower()
            noun = word[:1].isupper()
            if not word.isalpha() or word.isupper() or small in fillers:
                continue
            if SHORTEST <= len(word) <= LONGEST and (noun or len(word) > SHORTEST):
                yield small

    return sorted({normalized(word) for word in (*own, *fitting())})


def lines(path: Path) -> list[str]:
    """The lines of a list that are neither empty nor a remark."""
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]


def write(folder: Path, word_list: Path = WORD_LIST, synonyms: Path | None = None) -> bool:
    """Write CKAN's schema with ours and the word lists into Solr's `conf` folder; whether the machine's word list was there.

    ``synonyms``: a file of the town's own instead of ours. Without a word list compounds are taken apart by our few words.
    """
    ckan = find_spec("ckan")
    if ckan is None or ckan.origin is None:
        raise RuntimeError("CKAN is not installed")
    stock = (Path(ckan.origin).parent / "config" / "solr" / "schema.xml").read_text(encoding="utf-8")
    own, stopwords = lines(FILES / "parts_de.txt"), lines(FILES / "stopwords_de.txt")
    listed = lines(word_list) if word_list.exists() else []
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {
        "schema.xml": schema(stock, (FILES / "german.xml").read_text(encoding="utf-8")),
        "compounds_de.txt": "\n".join(parts(listed, own, stopwords)) + "\n",
        "stopwords_de.txt": "\n".join(stopwords) + "\n",
        "synonyms_de.txt": (synonyms or FILES / "synonyms_de.txt").read_text(encoding="utf-8"),
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return bool(listed)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
