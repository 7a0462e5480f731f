"""What happens to records that a source no longer lists. Pure.

- Vanished means marked; nothing is deleted.
- After `GRACE` of absence a marked record is archived (the inventory record only, the dataset stays).
- When more than `MASS_SHARE` of the known records or more than `MASS_COUNT` are absent at once, the newly absent ones
  wait until a person confirms: it is more often the source that is broken than the data that are gone.
- A record that comes back is unmarked.

The caller must not ask at all when the listing failed or was cut short: then nobody knows what is absent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

GRACE = timedelta(days=7)
MASS_SHARE = 0.2
MASS_COUNT = 50


@dataclass(frozen=True)
class Known:
    """A record as remembered. Times in UTC with time zone; ``missing_since``: first listing without it since it was
    last there."""

    remote_id: str
    missing_since: datetime | None = None
    vanished_at: datetime | None = None
    archived_at: datetime | None = None


@dataclass
class Plan:
    """What to do, as lists of remote ids in the order given. ``waiting`` includes those that already waited."""

    returned: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    vanish: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    archive: list[str] = field(default_factory=list)


def is_mass(absent: int, known: int) -> bool:
    """Whether so many of so many are too many to believe."""
    return absent > MASS_COUNT or (known > 0 and absent > MASS_SHARE * known)


def plan(known: Iterable[Known], seen: Collection[str], now: datetime) -> Plan:
    """Compare what is remembered with what a complete listing at ``now`` (UTC) has shown."""
    seen = set(seen)
    result = Plan()
    living = [record for record in known if record.archived_at is None or record.remote_id in seen]
    absent = [record for record in living if record.remote_id not in seen]
    mass = is_mass(len(absent), len(living))
    for record in living:
        if record.remote_id in seen:
            if record.missing_since or record.vanished_at or record.archived_at:
                result.returned.append(record.remote_id)
            continue
        if record.missing_since is None:
            result.missing.append(record.remote_id)
        if record.vanished_at is None:
            (result.waiting if mass else result.vanish).append(record.remote_id)
        elif now - (record.missing_since or record.vanished_at) >= GRACE:
            result.archive.append(record.remote_id)
    return result
