"""Who guesses passwords waits. CKAN 2.12 lets anybody try as often as they like.

Counted in Redis: attempts for one account from one address, for one account from anywhere, and from one address for any account. A
login that succeeds is not counted. Without Redis nobody is kept out; it is logged. Unknown accounts are counted like known ones, so
that the answer does not tell which exist.
"""

from __future__ import annotations

import hashlib
import logging
from ipaddress import ip_address
from typing import Any

import ckan.lib.redis as redis
import ckan.model as model
import ckan.plugins.toolkit as tk
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

MINUTES = 15
# attempts within that time: for one account from one address; a whole town hall may stand behind one address
MOST = 10
MOST_FOR_ACCOUNT = MOST_FROM_ADDRESS = 100


def _keys(account: str, address: str) -> dict[str, int]:
    """{key in Redis: the most attempts}. Of a proxy on this machine nothing is known about who asks."""
    found = {("account", account, address): MOST}
    if not _is_here(address):
        found |= {("account", account): MOST_FOR_ACCOUNT, ("address", address): MOST_FROM_ADDRESS}
    site = tk.config["ckan.site_id"]
    return {f"ckan:{site}:datenplattform:logins:{hashlib.sha256(repr(name).encode()).hexdigest()}": most for name, most in found.items()}


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True


def account_of(login: str) -> str:
    """What stands for the account that somebody names: its id, or the name itself where there is none."""
    name = login.strip()[:200]
    user = model.User.by_name(name) or model.User.by_email(name)
    return user.id if user is not None else name.lower()


def too_many(account: str, address: str) -> bool:
    """Count an attempt; whether it is one too many."""
    keys = _keys(account, address)
    try:
        with redis.connect_to_redis().pipeline() as pipe:
            for key in keys:
                # the time runs from the first attempt: who goes on trying does not wait longer
                pipe.set(key, 0, ex=MINUTES * 60, nx=True)
                pipe.incr(key)
            counts: list[Any] = pipe.execute()[1::2]
    except RedisError as problem:
        log.warning("attempts to log in are not counted: %s", type(problem).__name__)
        return False
    if any(count > most for count, most in zip(counts, keys.values(), strict=True)):
        log.warning("too many attempts to log in from %s", address)
        return True
    return False


def succeeded(account: str, address: str) -> None:
    """The right password: what was counted for this account from this address is forgotten, and this attempt elsewhere."""
    pair, *others = _keys(account, address)
    try:
        with redis.connect_to_redis().pipeline() as pipe:
            pipe.delete(pair)
            for key in others:
                pipe.decr(key)
            pipe.execute()
    except RedisError as problem:
        log.warning("attempts to log in are not counted: %s", type(problem).__name__)


def refuse() -> Any:
    """The page for who has to wait."""
    tk.h.flash_error(
        tk._(
            "There were too many attempts to log in. Your account is unchanged. Please wait %(minutes)s minutes, then try again. If you "
            "have forgotten your password, please ask for a new one."
        )
        % {"minutes": MINUTES}
    )
    return tk.render("user/login.html", {}), 429, {"Retry-After": str(MINUTES * 60)}
