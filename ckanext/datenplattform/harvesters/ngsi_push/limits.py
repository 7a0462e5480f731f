"""How often a broker may tell, and how often somebody tried with a wrong secret: counted in Redis."""

from __future__ import annotations

import logging
import time

import ckan.lib.redis as redis
import ckan.plugins.toolkit as tk
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
MINUTE, HOUR = 60, 3600
REFUSED = "refused"


def exceeded(source_id: str, most: int) -> bool:
    """Count one more notification; whether there were more than ``most`` in this minute. Without Redis nothing is counted."""
    return _count(f"{source_id}:{int(time.time()) // MINUTE}", 2 * MINUTE) > most


def note_refused(source_id: str) -> None:
    """Somebody came with a wrong secret."""
    _count(f"{source_id}:{REFUSED}", HOUR)


def refused(source_id: str) -> int:
    """How often that was within the hour since the first time."""
    try:
        return int(redis.connect_to_redis().get(_key(f"{source_id}:{REFUSED}")) or 0)
    except RedisError:
        return 0


def _count(name: str, seconds: int) -> int:
    try:
        with redis.connect_to_redis().pipeline() as pipe:
            pipe.set(_key(name), 0, ex=seconds, nx=True)
            pipe.incr(_key(name))
            return int(pipe.execute()[1])
    except RedisError as problem:
        log.warning("notifications are not counted: %s", type(problem).__name__)
        return 0


def _key(name: str) -> str:
    return f"{tk.config['ckan.site_id']}:dp_ngsi:{name}"
