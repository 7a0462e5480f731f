"""What a licence allows and demands, in plain words and in the reader's language. Pure but for the translation."""

from __future__ import annotations

from dataclasses import dataclass

from ckanext.datenplattform.core.i18n import N_, translate

from .vocabulary import Concept, is_open, licence, needs_attribution

USE = N_("use the data for any purpose, also commercially")
USE_PRIVATELY = N_("use the data, but not commercially")
CHANGE = N_("change the data and combine it with other data")
PASS_ON = N_("pass on the data")
PASS_ON_UNCHANGED = N_("pass on the data as it is, but not in a changed form")
NAME_SOURCE = N_("name the source")
SAY_CHANGES = N_("say that you changed the data, if you did")
SAME_LICENCE = N_("pass on what you make of it under the same licence")


@dataclass(frozen=True)
class LicenceWords:
    """`may` and `must` end the sentences “You may …” and “You must …”. `known` is False where only the licence's own text
    says what holds; then both are empty. `source` is how the source is to be named, "" where that is free.
    """

    known: bool
    open: bool
    may: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    source: str = ""


def licence_words(value: object, by: str = "", address: str = "", lang: str = "de") -> LicenceWords:
    """The words for a licence, given as code, IRI, address or title. `by` is who is to be named (the attribution text or
    the publisher), `address` the dataset's.
    """
    concept = licence(value)
    if not concept or concept.extra.get("unknown_terms"):
        return LicenceWords(known=False, open=is_open(concept))
    limits = concept.extra.get("limits", ())
    may = [USE_PRIVATELY if "no_commerce" in limits else USE]
    may += [PASS_ON_UNCHANGED] if "no_changes" in limits else [CHANGE, PASS_ON]
    must = [NAME_SOURCE] if needs_attribution(concept) else []
    if needs_attribution(concept) and "no_changes" not in limits:
        must.append(SAY_CHANGES)
    if concept.extra.get("share_alike"):
        must.append(SAME_LICENCE)
    return LicenceWords(
        known=True,
        open=is_open(concept),
        may=tuple(translate(text) for text in may),
        must=tuple(translate(text) for text in must),
        source=source_text(concept, by, address, lang),
    )


def source_text(concept: Concept, by: str, address: str = "", lang: str = "de") -> str:
    """How the source is to be named under a licence; "" if it need not be, or if there is nobody to name."""
    template = concept.extra.get("template", "")
    if not template or not by:
        return ""
    # nothing in the values is a placeholder again
    given = {"by": by, "licence": concept.label(lang), "url": concept.extra.get("url", ""), "address": address}
    return template.format_map(given).replace(" ()", "").rstrip(", ")


def compatible(first: object, second: object) -> bool:
    """Whether what is made of data under the first licence may be passed on under the second."""
    one, other = licence(first), licence(second)
    return bool(one and other and other.code in one.extra.get("compatible_with", ()))


def can_be_published(value: object) -> bool:
    """Whether data under this licence may be called open: one that limits purpose, commerce or changes may not."""
    concept = licence(value)
    return bool(concept and is_open(concept) and not concept.extra.get("limits"))
