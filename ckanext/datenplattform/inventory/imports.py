"""What an import would do: each row of a sheet against what is there. Reads only; `bulk` writes.

A row is found again by the identifier of an export, else by (unit, key). What cannot be done is a problem at its cell;
with one problem nothing at all is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.model.types import make_uuid

from ..access import shared as access
from ..core.i18n import N_
from . import columns, facts, import_check, import_found, import_references, records, unit_words, words_columns
from .columns import Column
from .problems import Problem, said
from .sheets import Table

LONGEST_KEY = 200
MOST_PROBLEMS = 500
Beat = Callable[[int, int], None]


@dataclass
class Actor:
    """Whom the import works for. `system`: the operator at the command line, who may do all that the gate lets through."""

    name: str
    system: bool = False
    who: access.Memberships = field(default_factory=access.Memberships)
    _creates: dict[str, bool] = field(default_factory=dict)
    _updates: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, user: model.User, system: bool = False) -> Actor:
        """The actor for a user as he stands now."""
        return cls(user.name, system, access.memberships(user))

    @property
    def context(self) -> Any:
        """A fresh context for actions."""
        return {"user": self.name, "ignore_auth": self.system}

    def may_create(self, unit: str) -> bool:
        """Whether new datasets may be made in the unit."""
        if unit not in self._creates:
            try:
                tk.check_access("inventory_record_create", self.context, {"unit": unit})
            except tk.NotAuthorized:
                self._creates[unit] = False
            else:
                self._creates[unit] = True
        return self._creates[unit]

    def may_patch(self, unit: str | None) -> bool:
        """Whether the records of the unit may be changed."""
        return self.system or self.who.sysadmin or "inventory_lead" in self.who.roles or unit in self.who.edits

    def may_update(self, unit: str | None) -> bool:
        """Whether the datasets of the unit may be changed, not only their records."""
        if self.system or not unit:
            return self.system
        if unit not in self._updates:
            self._updates[unit] = bool(authz.has_user_permission_for_group_or_org(unit, self.name, "update_dataset"))
        return self._updates[unit]


@dataclass
class Item:
    """One row. `action`: create, change, same. `dataset` and `record`: what is to be written (for create the validated
    data of the dataset); `changes`: (column, old, new) of what a change is about; `new_id`: what a new dataset will have,
    since other rows may name it."""

    row: int
    title: str
    unit: str
    key: str
    action: str = "create"
    package_id: str | None = None
    new_id: str | None = None
    dataset: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    changes: list[tuple[Column, Any, Any]] = field(default_factory=list)


@dataclass
class Plan:
    """All rows and all that is wrong. `units`: ids of the organisations it is about."""

    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    units: set[str] = field(default_factory=set)


@dataclass
class _Row:
    number: int
    values: dict[str, Any]
    cells: dict[str, str]
    unit: str = ""
    key: str = ""
    package_id: str | None = None
    new_id: str = field(default_factory=make_uuid)

    @property
    def id(self) -> str:
        """Of its dataset, there or to be made."""
        return self.package_id or self.new_id

    def cell(self, name: str) -> str:
        """Where the column's value stands; the row, when it has none."""
        return self.cells.get(name) or str(self.number)


class Planner:
    """One pass over one sheet."""

    def __init__(self, table: Table, actor: Actor, beat: Beat | None = None, lock: bool = False) -> None:
        self.table, self.actor, self.lock = table, actor, lock
        self.beat: Beat = beat or (lambda _done, _total: None)
        self.plan = Plan(problems=list(table.problems))
        self.bad = {problem.cell for problem in table.problems}
        self.definitions = facts.schema_fields()
        self.columns = facts.known_columns()
        self.words = words_columns.headings()
        self.choices = {
            item.name: columns.choices_by_word(facts.codes(item, self.definitions)) for item in self.columns
        }
        self.choices[columns.UNIT] = unit_words.choices()
        self.taken: set[str] = set()
        self.checks = import_check.record_schema()
        self.defaults: dict[str, Any] = {}

    def run(self) -> Plan:
        """The plan; problems with the headings end it early."""
        heads = columns.match(self.table.head, {item.name: [self.words[item.name].label] for item in self.columns})
        self._headings(heads)
        if heads.unknown or heads.twice or heads.missing:
            return self.plan
        rows = [row for row in (self._row(heads, *entry) for entry in self.table.rows) if row]
        if not rows and not self.plan.problems:
            self.wrong("", N_("There is no row under the headings. Please fill in at least one."))
        known = self._locate(rows)
        self.rows = import_references.Rows(
            import_references.Row(row.number, row.unit, row.key, row.values.get(columns.TITLE) or "", row.id) for row in rows
        )
        for number, row in enumerate(rows):
            self._item(row, known.get(row.package_id or ""))
            self.beat(number + 1, len(rows))
        return self.plan

    def wrong(self, cell: str, template: str, **values: Any) -> None:
        """Note a problem."""
        if len(self.plan.problems) < MOST_PROBLEMS:
            self.plan.problems.append(Problem(template, cell, values))

    def _headings(self, heads: columns.Heads) -> None:
        at = self.table.head_row
        for place, text in heads.unknown:
            self.wrong(f"{columns.letter(place)}{at}",
                       N_("There is no column “%(name)s”. Please take the heading from the template, or delete the column."),
                       name=text)  # fmt: skip
        for place, text in heads.twice:
            self.wrong(f"{columns.letter(place)}{at}", N_("The column “%(name)s” is there twice."), name=text)
        for column in heads.missing:
            self.wrong(str(at), N_("The column “%(name)s” is missing."), name=self.words[column.name].label)

    def _row(self, heads: columns.Heads, number: int, cells: list[Any]) -> _Row | None:
        row = _Row(number, {}, {})
        # what stands there is told already; it does not count as missing
        row.cells = {column.name: address for place, column in heads.columns.items()
                     if (address := f"{columns.letter(place)}{number}") in self.bad}  # fmt: skip
        for place, cell in enumerate(cells):
            if cell is None or not str(cell).strip():
                continue
            column, address = heads.columns.get(place), f"{columns.letter(place)}{number}"
            if column is None:
                self.wrong(address, N_("This column has no heading, so nobody knows what stands there."))
                continue
            row.cells[column.name] = address
            if columns.is_clear(cell):
                row.values[column.name] = None
                continue
            try:
                row.values[column.name] = columns.value(column, cell, self.choices[column.name])
            except columns.BadCell as bad:
                self.wrong(address, self._say(column, bad.code), value=bad.value)
        example = str(row.values.get(columns.KEY) or "").casefold()
        if not row.cells or example in (columns.EXAMPLE_KEY, self.words[columns.KEY].example.casefold()):
            return None
        return row

    @staticmethod
    def _say(column: Column, code: str) -> str:
        if code == "date":
            return N_("“%(value)s” is no date. Please write it like 31.12.2027.")
        if column.name == columns.UNIT:
            return N_("There is no unit “%(value)s”. Please choose one from the list.")
        return N_("“%(value)s” is not in the list of allowed values.")

    # which dataset a row speaks of

    def _locate(self, rows: list[_Row]) -> dict[str, facts.Facts]:
        named = {row.values[columns.ID] for row in rows if row.values.get(columns.ID)}
        by_name = import_found.packages(named)
        keys = import_found.keys({row.values.get(columns.UNIT) for row in rows})
        for row in rows:
            row.unit = row.values.get(columns.UNIT) or ""
            row.key = (row.values.get(columns.KEY) or row.values.get(columns.TITLE) or "")[:LONGEST_KEY]
            name = row.values.get(columns.ID)
            row.package_id = by_name.get(name) if name else keys.get((row.unit, row.key))
        found: dict[str, facts.Facts] = {}
        ids = sorted({row.package_id for row in rows if row.package_id})
        for at in range(0, len(ids), 500):
            found |= facts.load(ids[at : at + 500], self.lock)
        published = access.published_ids(found)
        self.published = published
        self._twice(rows)
        return found

    def _twice(self, rows: list[_Row]) -> None:
        seen: dict[Any, _Row] = {}
        for row in rows:
            mark = row.package_id or (row.unit, row.key)
            if mark in seen and (row.package_id or (row.unit and row.key)):
                name = next((name for name in (columns.ID, columns.KEY, columns.TITLE) if row.values.get(name)), columns.KEY)
                self.wrong(row.cell(name), N_("Row %(row)s speaks of the same dataset (same key, or same title without key)."),
                           row=seen[mark].number)  # fmt: skip
            seen.setdefault(mark, row)

    # what is to be done with it

    def _item(self, row: _Row, known: facts.Facts | None) -> None:
        named = row.values.get(columns.ID)
        if named and (known is None or not self.actor.may_patch(known.package.owner_org)):
            self.wrong(row.cell(columns.ID), N_("There is no dataset with this identifier that you may change."))
            return
        if known is None:
            self._create(row)
        elif not self.actor.may_patch(known.package.owner_org):
            self.wrong(row.cell(columns.UNIT), N_("You may not create datasets for this unit."))
        else:
            self._change(row, known)

    def _required(self, row: _Row, known: bool) -> bool:
        fine = True
        for name in (columns.TITLE, columns.UNIT):
            given = name in row.cells
            if (not given and not known) or (given and name in row.values and not row.values[name]):
                self.wrong(row.cell(name), N_("“%(name)s” is missing."), name=self.words[name].label)
                fine = False
            elif given and name not in row.values:
                fine = False  # said already
        return fine

    def _create(self, row: _Row) -> None:
        if not self._required(row, known=False):
            return
        self.plan.units.add(row.unit)
        if not self.actor.may_create(row.unit):
            self.wrong(row.cell(columns.UNIT), N_("You may not create datasets for this unit."))
            return
        given = {name: value for name, value in row.values.items() if value not in (None, "", [])}
        others = {column.name: self._others(row, column, value) for column, value in self._of(given, "record")
                  if column.kind == "datasets"}  # fmt: skip
        dataset, errors = import_check.new_dataset(self._of(given, "dataset"), self.taken)
        record = {column.name: value for column, value in self._of(given, "record") if column.name not in others}
        record, more = import_check.record_fields(record, self.checks, self.actor.context)
        if self._tell(row, {**errors, **more}) or None in others.values():
            return
        record |= others
        item = Item(row.number, row.values[columns.TITLE], row.unit, row.key, new_id=row.new_id, dataset=dataset)
        if row.unit not in self.defaults:
            self.defaults[row.unit] = records.defaults(row.unit)
        item.record = {**self.defaults[row.unit], **record}
        self.plan.items.append(item)

    def _others(self, row: _Row, column: Column, items: list[str] | None, stored: Any = None) -> list[str] | None:
        """Ids of the datasets that a cell names: those stored already, rows of this sheet, else what the actor may know of.
        None when one is wrong, which is told then."""
        ids: list[str] = []
        for item in import_check.keep_known(items, stored) or []:
            found = item if item in (stored or []) else self._other(row, column, item)
            if found is None:
                return None
            if found == row.id and found not in (stored or []):
                self.wrong(row.cell(column.name), N_("This row names itself."))
                return None
            ids.append(found)
        return list(dict.fromkeys(ids))

    def _other(self, row: _Row, column: Column, item: str) -> str | None:
        try:
            named = self.rows.find(item, row.unit)
        except import_references.Unclear as unclear:
            self.wrong(row.cell(column.name), N_("“%(name)s” may be one of the rows %(rows)s. Please give each a key of its own, "
                       "and name that."), name=item[:80], rows=", ".join(map(str, unclear.rows[:10])))  # fmt: skip
            return None
        found = named.id if named else import_check.existing(column.name, item, self.checks, self.actor.context)
        if found is None:
            self.wrong(row.cell(column.name), N_("There is no dataset “%(name)s”, neither in the inventory nor in this file."),
                       name=item[:80])  # fmt: skip
        return found

    def _of(self, values: dict[str, Any], place: str) -> list[tuple[Column, Any]]:
        return [(column, values[column.name]) for column in self.columns if column.place == place and column.name in values]

    def _change(self, row: _Row, known: facts.Facts) -> None:
        if not self._required(row, known=True):
            return
        package = known.package
        self.plan.units.add(package.owner_org)
        title = row.values.get(columns.TITLE) or package.title
        item = Item(row.number, title, package.owner_org, row.key, "same", package.id)
        for place in ("dataset", "record"):
            for column, value in self._of(row.values, place):
                old = known.value(column)
                if column.kind == "datasets":
                    value = self._others(row, column, value, old)
                    if value is None:
                        return
                if not columns.same(column, old, value):
                    item.changes.append((column, old, value))
        if item.changes:
            item.action = "change"
            if not self._allowed(row, item, known):
                return
        self.plan.items.append(item)

    def _allowed(self, row: _Row, item: Item, known: facts.Facts) -> bool:
        public = [(column, value) for column, _old, value in item.changes if column.place == "dataset"]
        internal = {column.name: value for column, _old, value in item.changes if column.place == "record"}
        others = {column.name: internal.pop(column.name) or None for column, _old, _value in item.changes
                  if column.kind == "datasets"}  # fmt: skip
        errors: dict[str, Any] = {}
        if public:
            first = row.cell(public[0][0].name)
            if item.package_id in self.published:
                self.wrong(first, N_("This dataset is published: what is public changes only by a new decision. "
                                     "Please make a revision on its page, or leave this cell as it was."))  # fmt: skip
                return False
            if access.is_locked(known.package.id):
                self.wrong(first, N_("This dataset is being reviewed and cannot be changed meanwhile. "
                                     "Please withdraw the submission first, or leave this cell as it was."))  # fmt: skip
                return False
            unit = {column.name: value for column, value in public}.get(columns.UNIT)
            if not self.actor.may_update(known.package.owner_org) or (unit and not self.actor.may_create(unit)):
                self.wrong(row.cell(columns.UNIT) if unit else first, N_("You may not change the datasets of this unit."))
                return False
            if unit:
                self.plan.units.add(unit)
            item.dataset, errors = import_check.changed_dataset(known.package.id, public)
        item.record, more = import_check.record_fields(internal, self.checks, self.actor.context)
        item.record |= others
        return not self._tell(row, {**errors, **more})

    def _tell(self, row: _Row, errors: dict[str, list[str]]) -> bool:
        for name, texts in errors.items():
            for text in texts:
                if len(self.plan.problems) < MOST_PROBLEMS:
                    self.plan.problems.append(said(text, row.cell(name)))
        return bool(errors)
