"""Likely twins of many records among many, without comparing each with each. Pure; the score is that of `twins`.

Titles that say the same are one form. The forms that share letters with a wanted one are found by its rarest groups of
three letters; how many are looked at is bounded, so that ten thousand titles of the same words take no longer than others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from rapidfuzz import fuzz

from . import twins
from .twins import Known, Twin

# entries of the lists of letters that are looked through for one title
MOST_LOOKS = 2_000
# forms of titles that are compared with a wanted one
MOST_FORMS = 12
# records of one form that are compared: those of the same unit first
MOST_ALIKE = 5

# (words in alphabetical order, the title as one word)
Form = tuple[str, str]


def _form(title: str) -> Form:
    words, joined, _numbers = twins.words_of(title)
    return (words, joined) if words else ("", title.strip())


def _letters(joined: str) -> set[str]:
    return {joined[at : at + 3] for at in range(len(joined) - 2)} or {joined}


class Index:
    """Records that are asked for their likeness again and again.

    Example: `Index([Known("1", "Baumkataster")]).find(Known("", "Baum-Kataster der Stadt"))[0].known.id == "1"`
    """

    def __init__(self, known: Iterable[Known]) -> None:
        self._alike: dict[tuple[object, ...], list[Known]] = defaultdict(list)
        self._forms: list[Form] = []
        self._by_letters: dict[str, list[int]] = defaultdict(list)
        for item in known:
            self._add(item)

    def _add(self, item: Known) -> None:
        form, numbers = _form(item.title), twins.words_of(item.title)[2]
        if (form,) not in self._alike:
            for letters in _letters(form[1]) if form[0] else ():
                self._by_letters[letters].append(len(self._forms))
            self._forms.append(form)
        for key in ((form,), (form, numbers), (form, numbers, item.unit)):
            # one more than are looked at: the wanted record itself may be among them
            if len(self._alike[key]) <= MOST_ALIKE:
                self._alike[key].append(item)

    def find(self, wanted: Known, n: int = 3) -> list[Twin]:
        """The likely twins of a record, best first; itself is none. Of very many alike only some are found.

        :param n: how many at most
        """
        form, numbers = _form(wanted.title), twins.words_of(wanted.title)[2]
        found: dict[str, Known] = {}
        for near in self._near(form):
            for key in ((near, numbers, wanted.unit), (near, numbers), (near,)):
                found |= {item.id: item for item in self._alike.get(key, ()) if item.id != wanted.id}
        scored = [Twin(item, twins.score(wanted, item)) for item in found.values()]
        likely = [twin for twin in scored if twin.score >= twins.LIKELY]
        return sorted(likely, key=lambda twin: (-twin.score, twin.known.title, twin.known.id))[:n]

    def _near(self, form: Form) -> list[Form]:
        """The form itself, and others that share its rarest letters and look like it."""
        lists = sorted((self._by_letters.get(letters, []) for letters in _letters(form[1])), key=len) if form[0] else []
        shared: Counter[int] = Counter()
        looks = 0
        for places in lists:
            looks += len(places)
            if looks > MOST_LOOKS:
                break
            shared.update(places)
        others = [self._forms[place] for place, _ in shared.most_common(MOST_FORMS)]
        return [form, *(other for other in others if other != form and _look_alike(form, other))]


def _look_alike(one: Form, other: Form) -> bool:
    return any(fuzz.ratio(mine, theirs, score_cutoff=twins.FIRST_LOOK) for mine, theirs in zip(one, other, strict=True))
