"""Results of datasets that did not change are kept in Redis, by the stamp of their content. Losing them costs only time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Callable, Iterable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from redis.exceptions import RedisError

from ckanext.datenplattform.core.i18n import language

from .findings import FILES, FOLDER, Finding
from .govdata import Answer
from .mqa import Point, Score
from .quality import Checked, check

log = logging.getLogger(__name__)
KEPT_SECONDS = 30 * 24 * 3600
# what a result is made of; another number with every change of `Checked`
_FORM = b"2"
_RULES = hashlib.sha256(b"".join((_FORM, *((FOLDER / name).read_bytes() for name in FILES)))).hexdigest()[:12]


def checked(
    stamps: Iterable[tuple[str, str]],
    load: Callable[[list[str]], Iterable[dict[str, Any]]],
    judge: Callable[[dict[str, Any]], Checked] = check,
    most: int | None = None,
) -> dict[str, Checked]:
    """The results for datasets, by id. `stamps`: pairs of id and a stamp that differs whenever anything that the dataset is
    written from differs; `load` gives the dicts of those whose result is not kept. What is kept of others is thrown away.
    `most`: no more than these are checked now; those that it leaves are missing in the answer.
    """
    wanted = dict(stamps)
    kept = _kept()
    found = {id: result for id, (stamp, result) in kept.items() if wanted.get(id) == stamp}
    made = {}
    for dataset in load([id for id in wanted if id not in found][:most]):
        made[dataset["id"]] = judge(dataset)
    _keep({id: (wanted[id], result) for id, result in made.items()}, [id for id in kept if id not in wanted])
    return {id: result for id in wanted if (result := found.get(id) or made.get(id))}


def summary(stamps: Iterable[tuple[str, str]], make: Callable[[], tuple[dict[str, Any], bool]]) -> dict[str, Any]:
    """What `make` says of all these datasets together, kept as long as none of them changes. `make` also tells whether that
    is its last word.
    """
    state = hashlib.sha256("\n".join(f"{id} {stamp}" for id, stamp in stamps).encode()).hexdigest()
    key = f"{_key()}:summary"
    kept: Any = None
    with contextlib.suppress(RedisError):
        kept = connect_to_redis().get(key)
    known, value = json.loads(kept) if kept else ("", {})
    if known == state:
        return value
    value, final = make()
    if final:
        with contextlib.suppress(RedisError):
            connect_to_redis().set(key, json.dumps([state, value]), ex=KEPT_SECONDS)
    return value


def _key() -> str:
    return f"ckan:{tk.config['ckan.site_id']}:datenplattform:dcat_checked:{_RULES}:{language()}"


def _kept() -> dict[str, tuple[str, Checked]]:
    try:
        entries = connect_to_redis().hgetall(_key())
    except RedisError:
        log.warning("Redis does not answer: all datasets are checked anew")
        return {}
    return {id.decode(): _read(text) for id, text in entries.items()}  # type: ignore[union-attr]


def _keep(results: dict[str, tuple[str, Checked]], gone: list[str]) -> None:
    try:
        redis = connect_to_redis()
        if results:
            redis.hset(_key(), mapping={id: _write(stamp, result) for id, (stamp, result) in results.items()})
        if gone:
            redis.hdel(_key(), *gone)
        redis.expire(_key(), KEPT_SECONDS)
    except RedisError:
        log.warning("Redis does not answer: the results are not kept")


def _write(stamp: str, result: Checked) -> str:
    parts = [tuple(vars(finding).values()) for finding in result.findings]
    points = [tuple(vars(point).values()) for point in result.score.indicators]
    return json.dumps([stamp, parts, points, [tuple(vars(answer).values()) for answer in result.govdata]], ensure_ascii=False)


def _read(text: bytes) -> tuple[str, Checked]:
    stamp, findings, points, answers = json.loads(text)
    return stamp, Checked(
        tuple(Finding(*values) for values in findings),
        Score(tuple(Point(*values) for values in points)),
        tuple(Answer(*values) for values in answers),
    )
