"""Which Musterdatensatz fits a dataset: three suggestions from title and description. Pure, offline, deterministic.

A title is cut into words, and a word into what it is made of ("Straßenbaumkataster" holds "Baumkataster"); each part
that an entry of the catalogue knows counts for the entry, rare words more than frequent ones.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import snowballstemmer
import yaml
from rapidfuzz import fuzz, process

FILE = Path(__file__).parent / "musterdatenkatalog.yaml"
# how much a word counts by where it stands: in the title, in the description (the first words of it)
TITLE, NOTES, NOTES_WORDS = 1.0, 0.3, 60
# how much a word of the catalogue counts by where it stands: name, other words, earlier name, topic
NAME, WORDS, FORMERLY, TOPIC = 1.0, 0.9, 0.5, 0.45
# a part of a word against the whole: German compounds say last what they are and first what they are about
FIRST, LAST, SHORTEST_PART = 0.6, 0.7, 4
TYPING_ERROR, LIKENESS = 0.7, 88
# more for a phrase that stands whole in the title, and for a name all of whose words are met
PHRASE, WHOLE_NAME = 1.0, 1.0
# words that say how data are arranged, not what they are about
_EMPTY = """
    ab alle allen aller als am an anzahl auch auf auflistung aus bei beim bis bzw csv da dabei daten datei dateien
    datensatz datensätze das dem den der des die diese dieser dies durch ein eine einem einen einer eines enthält
    entwicklung erfasst es für folgende gemeinde gesamt gesamte gibt hier im in insgesamt informationen ihre ihr ist jahr
    jahre jahren jahres jährlich je kann können kreis landeshauptstadt liste mehr mit monat nach nicht noch nur oder ort
    pro quartal seit sich sie sind sowie stadt stadtgebiet städtisch städtische städtischen städtischer stand standort
    standorte statistik tabelle über übersicht um und unter von vom vor war werden werte wie wird wurde wurden zahl zahlen
    zu zum zur zwischen übersichten verzeichnis kommune kommunal kommunale kommunalen öffentlich öffentliche öffentlichen
    weitere weiteren angaben angabe art nummer statistisch statistische statistischen http https www de link siehe ob
"""
EMPTY = frozenset(_EMPTY.split())


@dataclass(frozen=True)
class Entry:
    """An entry of the Musterdatenkatalog. `name` is whole ("Kultur - Denkmal"); `formerly`: its earlier names."""

    name: str
    topic: str
    words: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """An entry and how well it fits; scores compare only within one answer."""

    entry: Entry
    score: float


@lru_cache(maxsize=1)
def catalogue() -> tuple[Entry, ...]:
    """All entries, by topic."""
    found = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(
        Entry(
            f"{topic} - {item['name']}",
            topic,
            tuple(word.strip() for word in item.get("words", "").split(",") if word.strip()),
            tuple(item.get("formerly", ())),
        )
        for topic, items in found.items()
        for item in items
    )


def by_topic() -> dict[str, list[Entry]]:
    """The entries grouped, topics in the catalogue's order."""
    found: dict[str, list[Entry]] = {}
    for entry in catalogue():
        found.setdefault(entry.topic, []).append(entry)
    return found


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """What the field `musterdatensatz` may hold."""
    return frozenset(entry.name for entry in catalogue())


@lru_cache(maxsize=1)
def _earlier() -> dict[str, str]:
    return {name: entry.name for entry in catalogue() for name in entry.formerly}


def current(name: str) -> str | None:
    """The name of today for a name or an earlier one; None when it is neither."""
    name = name.strip()
    return name if name in names() else _earlier().get(name)


_stemmer = snowballstemmer.stemmer("german")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word without its ending, in small letters without umlauts: "Bäume" and "Baum" are one."""
    return _stemmer.stemWord(word.replace("ß", "ss"))


def tokens(text: str) -> list[str]:
    """The stems of the words that say something, in order; numbers and empty words are gone."""
    text = re.sub(r"<[^>]+>|https?://\S+", " ", text)
    # "Schüler*innen", "Besucher:innenzahl", "Migranten/in"
    text = re.sub(r"(?<=\w)[*:/_-]{1,2}(innen|in\b)", "", text)
    # two words written as one: "OpenData"
    text = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", text)
    found = (word.lower() for word in re.findall(r"[^\W\d_]{2,}", text))
    return [stem(word) for word in found if word not in EMPTY]


class _Index:
    """The catalogue turned round: from a stem to the entries that know it."""

    def __init__(self, entries: tuple[Entry, ...]):
        self.postings: dict[str, dict[int, float]] = defaultdict(dict)
        self.phrases: list[list[frozenset[str]]] = []
        self.names = [frozenset(tokens(entry.name.removeprefix(entry.topic))) for entry in entries]
        for number, entry in enumerate(entries):
            fields = ((NAME, entry.name.removeprefix(entry.topic)), (WORDS, " , ".join(entry.words)),
                      (FORMERLY, " ".join(entry.formerly)), (TOPIC, entry.topic))  # fmt: skip
            for weight, text in fields:
                for token in tokens(text):
                    self.postings[token][number] = max(weight, self.postings[token].get(number, 0.0))
            self.phrases.append([phrase for words in entry.words if len(phrase := frozenset(tokens(words))) > 1])
        count = len(entries)
        self.rarity = {
            token: math.log(1 + count / sum(weight for weight in found.values())) for token, found in self.postings.items()
        }
        self.known = sorted(self.postings)
        # parts of the catalogue's own compounds: "baum" finds "baumkataster"
        self.within: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for token in self.known:
            for part, quality in _parts(token):
                self.within[part].append((token, quality))


def _parts(word: str) -> Iterator[tuple[str, float]]:
    """What a compound may begin and end with: (part, quality). The linking s is left out; each end is stemmed."""
    for cut in range(SHORTEST_PART, len(word) - 2):
        first, last = word[:cut], word[cut:]
        share = 0.5 + 0.5 * cut / len(word)
        yield first, FIRST * share
        if stem(first) != first:
            yield stem(first), FIRST * share
        if len(last) >= SHORTEST_PART:
            yield last, LAST * (1.5 - share)


@lru_cache(maxsize=1)
def _index() -> _Index:
    return _Index(catalogue())


@lru_cache(maxsize=20_000)
def _meant(word: str) -> tuple[tuple[str, float], ...]:
    """What of the catalogue's words a stem means, with the quality of each."""
    index, found = _index(), dict[str, float]()
    if word in index.postings:
        found[word] = 1.0
    for part, quality in _parts(word):
        if part in index.postings:
            found[part] = max(quality, found.get(part, 0.0))
    for token, quality in index.within.get(word, ()):
        found[token] = max(quality, found.get(token, 0.0))
    if not found and len(word) > 5:
        near = process.extractOne(word, index.known, scorer=fuzz.ratio, score_cutoff=LIKENESS)
        if near:
            found[near[0]] = TYPING_ERROR
    return tuple(found.items())


def suggest(title: str, description: str = "", n: int = 3) -> list[Suggestion]:
    """The entries that fit best, best first; fewer than n when nothing more fits.

    Example: `suggest("Straßenbäume", "")[0].entry.name == "Flora und Fauna - Baumbestand - Baumkataster"`
    """
    index = _index()
    scores: dict[int, float] = defaultdict(float)
    seen = set[str]()
    covered: dict[int, set[str]] = defaultdict(set)
    in_title = tokens(title)
    texts = ((TITLE, in_title), (NOTES, tokens(description[:2000])[:NOTES_WORDS]))
    for weight, words in texts:
        for word in dict.fromkeys(words):
            if word in seen:
                continue
            seen.add(word)
            best: dict[int, float] = {}
            for token, quality in _meant(word):
                for number, field in index.postings[token].items():
                    if token in word:
                        covered[number].add(token)
                    value = weight * quality * field * index.rarity[token]
                    best[number] = max(value, best.get(number, 0.0))
            for number, value in best.items():
                scores[number] += value
    words = frozenset(in_title)
    for number in scores:
        scores[number] += PHRASE * sum(phrase <= words for phrase in index.phrases[number])
        # "Schulen" alone is rather "Schule - Standort" than "Schule - Wunschschule"
        scores[number] += WHOLE_NAME * len(index.names[number] & covered[number]) / (len(index.names[number]) or 1)
    entries = catalogue()
    order = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:n]
    return [Suggestion(entries[number], round(score, 3)) for number, score in order]
