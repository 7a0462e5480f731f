"""What German questions find in real municipal titles, beside what stock CKAN's own query finds in the same documents.

    bin/bench search

Titles, descriptions and labels are those of the Musterdatenkatalog (Bertelsmann Stiftung, CC0), beside the project. A question is a
label that three or more titles have; its hits are these titles. recall@10: the part of them among the first ten. nDCG@10: the
nearer the hits to the top, the more they count. Both sides ask one index, whose fields for CKAN's query are CKAN's own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from bench import site
from bench.claims import Claim
from bench.inventory_musterdatensatz import labelled_rows

FEWEST = 3
TOP = 10


def _documents(rows: list[Mapping[str, str]], site_id: str) -> list[dict[str, str]]:
    fixed = {"site_id": site_id, "entity_type": "package", "dataset_type": "dataset", "state": "active"}
    return [
        {**fixed, "index_id": f"bench-{n}", "id": str(n), "name": f"bench-{n}", "title": row["title"], "notes": row["description"]}
        for n, row in enumerate(rows)
    ]


def _asked(params: dict[str, Any]) -> list[str]:
    from ckan.lib.search import query_for

    found = query_for("package").run({"rows": TOP, "fl": "id", **params})
    return found["results"][:TOP]


def _scores(questions: Mapping[str, set[str]], german: bool) -> tuple[float, float, float]:
    """(recall@10, part of the questions without result, nDCG@10), means over the questions."""
    from ckanext.datenplattform.search import query

    recall = gain = empty = 0.0
    for question, hits in questions.items():
        params = {"q": question}
        got = _asked(query.german(params) if german else params)
        recall += len(hits & set(got)) / len(hits)
        best = sum(1 / math.log2(n + 2) for n in range(min(TOP, len(hits))))
        gain += sum(1 / math.log2(n + 2) for n, name in enumerate(got) if name in hits) / best
        empty += not got
    return recall / len(questions), empty / len(questions), gain / len(questions)


def claims() -> list[Claim]:
    """Both sides over the same documents, which are counted first."""
    import ckan.plugins.toolkit as tk
    from ckan.lib.search.common import make_connection

    rows = labelled_rows()
    if rows is None:
        raise SystemExit("The Musterdatenkatalog is not on this machine; DATENPLATTFORM_SHARED names its folder.")
    site.clean()
    solr = make_connection()
    solr.delete(q="*:*")
    solr.add(_documents(rows, tk.config["ckan.site_id"]), commit=True)
    try:
        assert solr.search("*:*", rows=0).hits == len(rows)
        questions: dict[str, set[str]] = defaultdict(set)
        for number, row in enumerate(rows):
            questions[row["label"]].add(str(number))
        asked = {question: hits for question, hits in questions.items() if question and len(hits) >= FEWEST}
        ours, theirs = _scores(asked, True), _scores(asked, False)
    finally:
        solr.delete(q="*:*", commit=True)
    title = f"{len(asked)} German questions over {len(rows):,} titles"
    for name, mine, stock in zip(("recall@10", "without result", "nDCG@10"), ours, theirs, strict=True):
        print(f"  {name}: {mine:.3f} / {stock:.3f}")
    return [
        Claim(f"{title}: recall@10", 100 * ours[0], 100 * theirs[0], 1.6, "ratio", "%"),
        Claim(f"{title}: without result", 100 * ours[1], None, 2, "budget", "%"),
    ]
