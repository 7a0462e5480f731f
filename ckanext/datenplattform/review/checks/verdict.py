"""What a check says. Pure; texts are English sources, translated when they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from dataclasses import field as _field
from typing import Any, Literal

Level = Literal["ok", "look", "stop"]
# looks that many a harmless table gives: the board sees them, but they make no case a full one
EVERYDAY = frozenset({"free_text", "office_mail", "phone"})


@dataclass(frozen=True)
class Verdict:
    """One finding of one check.

    `text` has the placeholders of `values`; neither holds anything out of a cell. `field` is the field of the dataset or
    of its record, or the column; `file` the id of the file, `row` the first row concerned (the first after the headings is 1).
    `evidence` holds samples, masked (`masking.mask`), for those who see all of the dataset. `sum` is the SHA-256 of what was
    looked at, so that a finding about another file is another finding.
    """

    check: str
    code: str
    level: Level
    text: str
    values: Mapping[str, Any] = _field(default_factory=dict)
    field: str = ""
    file: str = ""
    row: int | None = None
    evidence: tuple[str, ...] = ()
    sum: str = ""

    @property
    def key(self) -> str:
        """The same finding about the same content has the same key."""
        parts = (self.check, self.code, self.field, self.file, self.sum)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]

    @property
    def refutable(self) -> bool:
        """Whether the data-protection officer may refute it; nobody overrides a stop."""
        return self.level == "stop" and self.check == "personal_data"

    def as_dict(self) -> dict[str, Any]:
        """For the database."""
        return {**asdict(self), "evidence": list(self.evidence), "key": self.key, "refutable": self.refutable}


def worst(verdicts: Iterable[Verdict]) -> Level:
    """The most serious of them; "ok" where there is none."""
    levels = {verdict.level for verdict in verdicts}
    return "stop" if "stop" in levels else "look" if "look" in levels else "ok"


def proposed_track(record: Mapping[str, Any], verdicts: Iterable[Verdict], small_change: bool = False) -> Literal["fast", "normal", "full"]:
    """The track that the checks propose; a person can only raise it.

    :param small_change: only metadata changed, or the same series under the same licence goes on
    """
    found = [verdict for verdict in verdicts if verdict.level != "ok"]
    near = [verdict for verdict in found if (verdict.check, verdict.level) != ("personal_data", "look") or verdict.code not in EVERYDAY]
    declared = (
        record.get("personal_data") not in (None, "", "none")
        or record.get("kritis") in ("yes", "unclear")
        or record.get("business_secrets") in ("yes", "unclear")
        or bool(record.get("agreement"))
    )
    if declared or any(verdict.check in ("personal_data", "secrets", "kritis", "agreement") for verdict in near):
        return "full"
    return "fast" if small_change and not found else "normal"
