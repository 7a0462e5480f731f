"""Finding datasets in the inventory: one statement over what a reader sees, internal facts only where he sees all.

Whoever sees the entry alone is matched, filtered, sorted and counted by public-able facts alone: else a search would
tell what it hides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ckan.model as model
from sqlalchemy import BigInteger, Text, and_, bindparam, case, cast, func, literal, not_, or_, select, text, union_all
from sqlalchemy.dialects.postgresql import REGCONFIG

from ..access import shared as access
from . import record
from .model import InventoryRecord
from .model_search import INTERNAL, InventorySearch

WORDS = 10
LETTERS = 60
# how like a title a word must be where nothing is found: 0.5 forgives a letter or two in a word of ten
LIKENESS = 0.45
SORTS = ("relevance", "title", "changed", "due")
FRESHNESS = ("confirmed", "never", "overdue")
COMPLETENESS = ("complete", "incomplete")
# a filter's value for "nothing was said"
UNSET = "unset"
# filters by facts of the record → its column; the others see no such filter and no such count
RECORD_FACETS = {"protection": "confidentiality", "personal_data": "personal_data", "openness": "openness"}
FACETS = ("unit", "status", "protection", "personal_data", "openness", "format", "theme", "freshness", "completeness")
# what a reader of the entry alone learns of the state
OPEN_STATES = ("published", "entry_released")


@dataclass(frozen=True)
class Term:
    """A word of the query in small letters without accents, and how it may be written else."""

    keys: tuple[str, ...]
    stop: bool

    @property
    def query(self) -> Any:
        """The word or its other spelling, each as the beginning of a word, as a tsquery."""
        return func.to_tsquery(cast("dp_german", REGCONFIG), " | ".join(f"'{key}':*" for key in self.keys))


def words(typed: str) -> list[str]:
    """The words of what somebody typed: letters and digits only, ten at most. Nothing else reaches the database.

    Example: `words("Bäume & 'Parks'")` gives `["Bäume", "Parks"]`.
    """
    found = (word[:LETTERS] for word in re.findall(r"[^\W_]+", typed or ""))
    return list(dict.fromkeys(found))[:WORDS]


def spellings(key: str) -> tuple[str, ...]:
    """A word without accents, and as it is where somebody wrote ae, oe, ue for an umlaut ("baeume": "baume")."""
    return tuple(dict.fromkeys((key, re.sub(r"(?<![aeiouq])([aou])e", r"\1", key))))


def terms(typed: str) -> list[Term]:
    """What to search for; words without meaning ("und", "für") only where there is nothing else."""
    found = words(typed)
    if not found:
        return []
    columns = []
    for number, word in enumerate(found):
        value = bindparam(f"word{number}", word, Text)
        columns += [func.dp_inventory_plain(value), func.numnode(func.plainto_tsquery(cast("german", REGCONFIG), value))]
    row = model.Session.execute(select(*columns)).one()
    all_terms = [Term(spellings(key), nodes == 0) for key, nodes in zip(row[::2], row[1::2], strict=True) if key]
    return [term for term in all_terms if not term.stop] or all_terms


def _given(name: str) -> Any:
    """SQL: whether a field of the record is filled in, as `record.missing` sees it."""
    value = getattr(InventoryRecord, name)
    kind = record.BY_NAME[name].kind
    if kind in ("multi", "datasets"):
        return func.coalesce(cast(value, Text), "null").not_in(("null", "[]", '""', "{}"))
    return value.is_not(None) if kind == "date" else func.coalesce(value, "") != ""


def complete() -> Any:
    """SQL: whether nothing is missing in the record, as `record.missing` sees it."""
    closed = func.coalesce(InventoryRecord.openness, "").not_in(("", "open"))
    people = func.coalesce(InventoryRecord.personal_data, "").in_(("pseudonymised", "yes"))
    return and_(
        *(_given(field.name) for field in record.FIELDS if field.required),
        or_(not_(closed), and_(*map(_given, record.CLOSED_NEEDS))),
        or_(not_(people), and_(*map(_given, record.PEOPLE_NEEDS))),
    )


def _freshness(today: date) -> Any:
    return case(
        (InventoryRecord.due_on < today, "overdue"), (InventoryRecord.confirmed_at.is_(None), "never"), else_="confirmed"
    )


class Find:
    """One search of one reader. Statements run when asked for; nothing is written."""

    def __init__(self, who: access.Memberships, asked: Mapping[str, Any], units: Iterable[str] | None, today: date) -> None:
        """
        :param asked: q, sort and the values of filters (`FACETS` but unit), checked already
        :param units: ids of the organisations wanted, None for all
        :param today: the day on which something is overdue
        """
        self.asked = asked
        self.terms = terms(asked.get("q") or "")
        self.fuzzy = False
        self._units = None if units is None else sorted(units)
        self._sight = access.sight(who)
        self._today = today

    def _known(self, ids: list[str] | None = None) -> Any:
        """All datasets with the reader's level. The offset keeps PostgreSQL from working out the level again for
        each fact that depends on it."""
        package: Any = model.Package
        found = (
            select(
                package.id, package.name, package.title, package.owner_org, package.metadata_modified,
                self._sight.state.label("state"), self._sight.level.label("level"),
            )
            .select_from(self._sight.source)
            .where(package.type == "dataset", package.state.in_(("active", "draft")))
        )  # fmt: skip
        if self._units is not None:
            found = found.where(package.owner_org.in_(self._units))
        wanted = self._hits() if ids is None else [ids]
        return found.where(*(package.id.in_(each) for each in wanted)).offset(0).subquery("known")

    def _hits(self) -> list[Any]:
        """For each term the ids that its indexes know, whoever may see them; `_matches` says who is told. Without it
        PostgreSQL would look at the words of each dataset."""
        search, internal = InventorySearch, select(InventoryRecord.package_id)
        found = []
        for term in self.terms:
            if self.fuzzy:
                ways = [literal(key).op("<%", is_comparison=True)(search.title_key) for key in term.keys]
                found.append(select(search.package_id).where(or_(*ways)))
                continue
            ways = self._titles(term)
            if not term.stop:
                ways.append(search.entry.op("@@")(term.query))
            hits = select(search.package_id).where(or_(*ways)) if ways else None
            if hits is not None:
                found.append(hits if term.stop else hits.union(internal.where(INTERNAL.op("@@")(term.query))))
        return found

    def _titles(self, term: Term) -> list[Any]:
        """The term as a part of the title; short words would be in most."""
        return [InventorySearch.title_key.contains(key, autoescape=True) for key in term.keys if len(key) > 2 or term.stop]

    def _seen(self, ids: list[str] | None = None) -> Any:
        """What is found: facts to count and to sort by, of the record only where the reader sees all of it."""
        known = self._known(ids)
        whole = known.c.level == "all"
        facts = {name: getattr(InventoryRecord, column) for name, column in RECORD_FACETS.items()}
        shown: dict[str, Any] = {
            "status": case((or_(whole, known.c.state.in_(OPEN_STATES)), known.c.state), else_=literal("internal")),
            **{name: case((whole, func.coalesce(func.nullif(value, ""), UNSET))) for name, value in facts.items()},
            "freshness": case((whole, _freshness(self._today))),
            "completeness": case((whole, case((complete(), "complete"), else_="incomplete"))),
        }
        source = known.outerjoin(InventoryRecord.__table__, InventoryRecord.package_id == known.c.id)
        found = (
            select(
                known.c.id, known.c.owner_org, known.c.level, InventorySearch.title_key, InventorySearch.formats,
                InventorySearch.themes, *(value.label(name) for name, value in shown.items()),
                func.greatest(
                    known.c.metadata_modified, case((whole, func.timezone("UTC", InventoryRecord.modified)))
                ).label("changed"),
                case((whole, InventoryRecord.due_on)).label("due"),
                self._rank(InventorySearch, whole).label("rank"),
                *((known.c.name, known.c.title) if ids is not None else ()),
            )
            .select_from(source.outerjoin(InventorySearch.__table__, InventorySearch.package_id == known.c.id))
        )  # fmt: skip
        found = found.where(known.c.level.is_not(None))
        if ids is not None:
            return found
        found = found.where(*self._matches(InventorySearch, whole))
        for name, value in shown.items():
            if self.asked.get(name):
                found = found.where(value == self.asked[name])
        for name, values in (("format", InventorySearch.formats), ("theme", InventorySearch.themes)):
            if self.asked.get(name):
                found = found.where(values.contains([self.asked[name]]))
        return found.cte("seen").prefix_with("MATERIALIZED", dialect="postgresql")

    def _matches(self, base: Any, whole: Any) -> list[Any]:
        if self.fuzzy:
            return [or_(*(func.word_similarity(key, base.title_key) >= LIKENESS for key in term.keys)) for term in self.terms]
        found = []
        for term in self.terms:
            ways = self._titles(term)
            if not term.stop:
                ways += [base.entry.op("@@")(term.query), and_(whole, INTERNAL.op("@@")(term.query))]
            found.append(or_(*ways) if ways else literal(True))
        return found

    def _rank(self, base: Any, whole: Any) -> Any:
        if not self.terms or self.asked.get("sort") not in (None, "", "relevance"):
            return literal(0.0)
        if self.fuzzy:
            likeness = [func.word_similarity(key, base.title_key) for term in self.terms for key in term.keys]
            return sum(likeness[1:], likeness[0])
        found: Any = literal(0.0)
        for term in self.terms:
            found = found + func.ts_rank(base.entry, term.query)
            found = found + func.coalesce(case((whole, func.ts_rank(INTERNAL, term.query))), 0.0)
            # the word itself counts more than words that begin with it
            found = found + case((base.title_key.startswith(term.keys[0], autoescape=True), 0.5), else_=0.0)
        return found

    def run(self, limit: int, offset: int) -> tuple[dict[str, dict[str, int]], list[Any]]:
        """The counts and a page.

        :returns: {facet: {value: count}} over all that is found (`unit` by id of the organisation; `""` holds the whole
            count), and rows with id, name, title, owner_org, level, status, formats, themes, changed (UTC) in order
        """
        seen = self._seen()
        parts = [select(literal("").label("facet"), literal("").label("value"), func.count().label("number")).select_from(seen)]
        plain = {"unit": seen.c.owner_org, **{name: getattr(seen.c, name) for name in FACETS if name in seen.c}}
        for name, value in plain.items():
            parts.append(select(literal(name), value, func.count()).where(value.is_not(None)).group_by(value))
        for name, values in (("format", seen.c.formats), ("theme", seen.c.themes)):
            # alike lists are counted first: there are few different ones
            alike = select(values.label("several"), func.count().label("number")).group_by(values).subquery(f"alike_{name}")
            each = select(func.unnest(alike.c.several).label("item"), alike.c.number).subquery(f"each_{name}")
            parts.append(select(literal(name), each.c.item, cast(func.sum(each.c.number), BigInteger)).group_by(each.c.item))
        if limit:
            order = self._order(seen.c)
            top = select(seen.c.id, func.row_number().over(order_by=order).label("place"))
            top = top.order_by(*order).limit(limit).offset(offset).subquery("top")
            parts.append(select(literal("page"), top.c.id, top.c.place))
        found: dict[str, dict[str, int]] = {name: {} for name in ("", "page", *FACETS)}
        for row in model.Session.execute(union_all(*parts)):
            found[row.facet][row.value] = row.number
        if not found[""][""] and self.terms and not self.fuzzy and all(len(term.keys[0]) > 3 for term in self.terms):
            self.fuzzy = True
            # how like a word must be for the index, in this transaction
            model.Session.execute(select(func.set_config("pg_trgm.word_similarity_threshold", str(LIKENESS), True)))
            return self.run(limit, offset)
        places = found.pop("page")
        rows = model.Session.execute(self._seen(list(places))) if places else []
        return found, sorted(rows, key=lambda row: places[row.id])

    def _order(self, seen: Any) -> list[Any]:
        orders = {
            "relevance": [seen.rank.desc()],
            "changed": [seen.changed.desc().nulls_last()],
            "due": [seen.due.asc().nulls_last()],
        }
        sort = self.asked.get("sort") or ("relevance" if self.terms else "title")
        return [*orders.get(sort, []), seen.title_key, seen.id]


def refresh() -> dict[str, int]:
    """Build the whole search anew, for {"datasets": int, "records": int}. Commits."""
    session = model.Session
    session.execute(text("DELETE FROM dp_inventory_search s WHERE NOT EXISTS (SELECT 1 FROM package p WHERE p.id = s.package_id)"))
    datasets = session.execute(text("SELECT count(dp_inventory_refresh(id)) FROM package WHERE type = 'dataset'")).scalar_one()
    records = session.execute(text("UPDATE dp_inventory_record SET package_id = package_id")).rowcount
    session.commit()
    return {"datasets": datasets, "records": records}
