"""The written form of public datasets: kept in the database, made anew where it is missing or no longer true.

A piece counts only while its stamp is the present one (`public`), so nothing has to be told when something changes: a
worker that dies, a lost job or a change by plain SQL costs time, never truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.dcat.processors import RDFSerializer
from rdflib import Graph
from sqlalchemy import delete, select

from ..addresses import Addresses
from ..model import ConceptPiece, Piece
from ..profile import defaults, graph_of
from . import dicts, public
from .formats import Format
from .public import Public
from .triples import Triples, concept_key, split

# datasets that are read and written together: the catalogue of most towns in one go, some 60 MB of a very large one
BATCH = 2000

# one statement for a batch; row by row it would take as long as writing the datasets
_KEEP_CONCEPTS = sa.text(
    "INSERT INTO dp_dcat_concept (key, format, text)"
    " SELECT k, :format, t FROM unnest(CAST(:keys AS text[]), CAST(:texts AS text[])) AS row (k, t)"
    " ON CONFLICT DO NOTHING"
)
_KEEP = sa.text(
    "INSERT INTO dp_dcat_piece (package_id, format, stamp, node, text, concepts)"
    " SELECT i, :format, s, n, t, string_to_array(c, ',')"
    " FROM unnest(CAST(:ids AS text[]), CAST(:stamps AS text[]), CAST(:nodes AS text[]), CAST(:texts AS text[]),"
    " CAST(:concepts AS text[])) AS row (i, s, n, t, c)"
    " ON CONFLICT (package_id, format) DO UPDATE"
    " SET stamp = excluded.stamp, node = excluded.node, text = excluded.text, concepts = excluded.concepts"
)

Writer = Callable[[dict[str, Any]], Triples]


@dataclass(frozen=True)
class Text:
    """A dataset in one format. `concepts`: keys of the code-list entries that it names (`concepts`)."""

    id: str
    node: str
    text: str
    concepts: Sequence[str]


def _writer() -> Writer:
    """What writes a dataset: our profile alone, or all that the operator has configured."""
    if tk.aslist(tk.config.get("ckanext.dcat.rdf.profiles")) == ["dcat_ap_de"]:
        given = defaults()
        return lambda dataset: graph_of(dataset, given, Triples())  # type: ignore[arg-type,return-value]

    def write(dataset: dict[str, Any]) -> Triples:
        serializer = RDFSerializer()
        serializer.g = Graph()
        serializer.graph_from_dataset(dataset)
        found = Triples()
        found += serializer.g
        return found

    return write


def standing(form: Format, datasets: Iterable[Public], text: bool = True) -> list[Text]:
    """The pieces of datasets whose stamps were asked for a moment ago, in the order of their ids: of those that anyone
    may see now. Without `text` only where they are.
    """
    stamps = {dataset.id: dataset.stamp for dataset in datasets}
    if not stamps:
        return []
    with public.connection() as at:
        now = public.ids(stamps).subquery("now")
        query = select(now.c.id, Piece.stamp, Piece.node, Piece.concepts, *([Piece.text] if text else []))
        query = query.outerjoin(Piece, (Piece.package_id == now.c.id) & (Piece.format == form.ending))
        rows = at.execute(query).all()
    found = {
        row.id: Text(row.id, row.node, row.text if text else "", row.concepts) for row in rows if row.stamp == stamps[row.id]
    }
    found |= {made.id: made for made in texts(form, [row.id for row in rows if row.id not in found], text)}
    return [found[package_id] for package_id in sorted(found)]


def texts(form: Format, ids: Iterable[str], text: bool = True) -> list[Text]:
    """The pieces of those of the datasets that anyone may see now, in the order of their ids; without `text` only
    where they are.
    """
    wanted = list(ids)
    if not wanted:
        return []
    made_by = public.version()
    with public.connection() as at:
        now = public.statement(wanted).subquery("now")
        kept = select(now.c.id, now.c.stamp, Piece.node, Piece.concepts, *([Piece.text] if text else []))
        query = kept.outerjoin(
            Piece, (Piece.package_id == now.c.id) & (Piece.format == form.ending) & (Piece.stamp == made_by + now.c.stamp)
        )
        rows = at.execute(query.order_by(now.c.id)).all()
        stale = {row.id: made_by + row.stamp for row in rows if row.node is None}
        # read in the same transaction: it is what the stamps say
        contents = dicts.read(at, stale) if stale else {}
    fresh = _make(form, contents, stale) if contents else {}
    return [
        fresh[row.id] if row.node is None else Text(row.id, row.node, row.text if text else "", row.concepts)
        for row in rows
        if row.node is not None or row.id in fresh
    ]


def _make(form: Format, contents: dict[str, dict[str, Any]], stamps: dict[str, str]) -> dict[str, Text]:
    """Write datasets and keep what was written."""
    write, addresses = _writer(), Addresses()
    made: dict[str, Text] = {}
    concepts: dict[str, str] = {}
    for package_id in sorted(contents):
        own, named = split(write(contents[package_id]))
        keys = {concept_key(node, statements): (node, statements) for node, statements in named.items()}
        for key, (node, statements) in keys.items():
            if key not in concepts:
                concepts[key] = form.piece({node: statements})
        made[package_id] = Text(package_id, str(addresses.dataset(contents[package_id])), form.piece(own), sorted(keys))
    _keep(form, made, stamps, concepts)
    return made


def _keep(form: Format, made: dict[str, Text], stamps: dict[str, str], concepts: dict[str, str]) -> None:
    """In a transaction of its own, in the order of the keys: two who make the same do not wait for each other for ever."""
    keys, ids = sorted(concepts), sorted(made)
    with model.Session.get_bind().begin() as at:
        at.execute(_KEEP_CONCEPTS, {"format": form.ending, "keys": keys, "texts": [concepts[key] for key in keys]})
        columns = {
            "ids": ids,
            "stamps": [stamps[package_id] for package_id in ids],
            "nodes": [made[package_id].node for package_id in ids],
            "texts": [made[package_id].text for package_id in ids],
            "concepts": [",".join(made[package_id].concepts) for package_id in ids],
        }
        at.execute(_KEEP, {"format": form.ending, **columns})
    # withdrawn while it was written: what `drop` took away then must not come back
    with public.connection() as at:
        still = {row.id for row in at.execute(public.ids(made))}
    drop(set(made) - still)


def concepts(form: Format, keys: Iterable[str]) -> list[str]:
    """The pieces of entries of code lists. Raises LookupError when one is missing: better no catalogue than a torn one."""
    wanted = sorted(keys)
    with public.connection() as at:
        query = select(ConceptPiece.key, ConceptPiece.text)
        rows = at.execute(query.where(ConceptPiece.format == form.ending, ConceptPiece.key.in_(wanted)))
        found = {row.key: row.text for row in rows}
    missing = [key for key in wanted if key not in found]
    if missing:
        raise LookupError(f"{len(missing)} entries of code lists are missing in the store")
    return [found[key] for key in wanted]


def drop(package_ids: Iterable[str]) -> None:
    """Forget datasets, now and in a transaction of its own."""
    ids = list(package_ids)
    if ids:
        with model.Session.get_bind().begin() as at:
            at.execute(delete(Piece).where(Piece.package_id.in_(ids)))


def sweep() -> int:
    """Forget all that is not public; how many pieces there were. None of them has been given to anybody."""
    with model.Session.get_bind().begin() as at:
        standing = select(public.statement().subquery("now").c.id)
        return at.execute(delete(Piece).where(Piece.package_id.not_in(standing))).rowcount


def kept_formats() -> set[str]:
    """The formats that somebody has asked for here."""
    with public.connection() as at:
        return set(at.execute(select(Piece.format).distinct()).scalars())


def clear() -> None:
    """Forget everything. Both tables at once: a dataset's piece without its code-list entries would be of no use."""
    with model.Session.get_bind().begin() as at:
        at.execute(sa.text("TRUNCATE dp_dcat_concept, dp_dcat_piece"))
