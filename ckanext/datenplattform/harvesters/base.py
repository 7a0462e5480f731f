"""The harvester that all protocols share. A protocol is one file: it lists records and maps each; everything else is
here.

A job: *gather* lists the source completely (all or nothing: a source that fails half-way changes nothing), compares
with what is remembered, notes what vanished and makes one harvest object for each record. *fetch* gets what belongs
to a record, *import* maps it and writes it through ``inventory_dataset_upsert``. Every step may be delivered twice,
at once or after a crash; the result is the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckanext.harvest.interfaces import IHarvester
from ckanext.harvest.model import HarvestObject

from ckanext.datenplattform.core.http import host_of
from ckanext.datenplattform.core.i18n import N_, translate

from ..core.clock import utcnow
from . import deletion, locks, memory, report, settings, sources, together, twins
from .gathering import COVERED, Listing, distinct, vanished
from .language import site_language
from .model import HarvestRecord
from .records import MappedRecord, RemoteRecord, Source, content_hash, from_json, to_json
from .web import MEGABYTE, Web
from .workfiles import folder_of

HELD = N_("The dataset is in review and was not changed. The next run tries again.")
MASS = N_(
    "%(count)s of %(known)s records are missing at once. That is more often a fault of the source than intended, so "
    "nothing was marked as vanished. Please look at the source and then confirm or wait."
)


class DatenplattformHarvester(p.SingletonPlugin):
    """Base of all harvesters. A protocol sets the attributes and implements `list_records` and `map_record`."""

    p.implements(IHarvester, inherit=True)

    #: Source type (CKAN itself sets `name` of a plugin), label and explanation (English source strings).
    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    description: ClassVar[str] = ""
    #: The protocol's settings, besides `settings.COMMON`.
    fields: ClassVar[tuple[settings.Field, ...]] = ()
    #: Kind of source in the inventory.
    source_class: ClassVar[str] = "department"
    #: Raised when the mapping changes, so that unchanged records are written again.
    mapping_version: ClassVar[int] = 1
    #: Whether `fetch_record` has to run before it is known if a record changed.
    fetches: ClassVar[bool] = False
    #: Whether `write_series` has work even when the record did not change.
    has_series: ClassVar[bool] = False

    # -- what a protocol implements ----------------------------------------------------------------------------------

    def list_records(self, source: Source, web: Web) -> Iterator[RemoteRecord]:
        """All records of the source. Raises `core.errors.SourceError`; then the job ends and nothing is changed."""
        raise NotImplementedError

    def map_record(self, source: Source, record: RemoteRecord) -> MappedRecord:
        """Pure: what the record becomes. No network, no database."""
        raise NotImplementedError

    def fetch_record(self, source: Source, record: RemoteRecord, web: Web, folder: Path) -> RemoteRecord:
        """Only with `fetches`: the record with what belongs to it; files go into ``folder``. Raises `SourceError`."""
        return record

    def write_series(
        self, source: Source, record: RemoteRecord, resources: dict[str, str], web: Web, row: HarvestRecord
    ) -> tuple[int, list[str]]:
        """Only with `has_series`: bring the rows up to date; returns how many were written, and remarks.
        ``resources``: key → id. ``row.state`` may be changed. Raises `SourceError`; what was written before stays."""
        return 0, []

    def preview_facts(self, source: Source, record: RemoteRecord) -> list[str]:
        """What a preview says of a record besides its dataset, in sentences. Pure."""
        return []

    # -- IHarvester --------------------------------------------------------------------------------------------------

    def info(self) -> dict[str, str]:
        """Name, title and description for ckanext-harvest's form."""
        return {"name": self.kind, "title": translate(self.title), "description": translate(self.description)}

    def validate_config(self, config: str) -> str:
        """The settings, cleaned. Raises settings.Invalid (a ValueError) with a sentence for each error."""
        return settings.dump(settings.validate(self.all_fields(), settings.parse_config(config)))

    def get_original_url(self, harvest_object_id: str) -> None:
        """None: the address of a record may carry a key, and the job's page names the source already."""
        return None

    def gather_stage(self, job: Any) -> list[str]:
        """List the source; returns the ids of the harvest objects to fetch. Never raises: an error would end the
        consumer."""
        with site_language():
            try:
                with locks.held("job", job.id):
                    return self._gather(job)
            except Exception as error:
                model.Session.rollback()
                report.job_failed(job, _title(job), error)
                return []

    def fetch_stage(self, obj: Any) -> bool:
        """Get what belongs to a record; False after an error. Never raises."""
        if not self.fetches:
            return True
        with site_language():
            try:
                with locks.held("object", obj.id):
                    source = sources.load(obj.source)
                    with self.web(source) as web:
                        record = self.fetch_record(source, from_json(obj.content), web, folder_of(obj.id, create=True))
                    obj.content = to_json(record)
                    obj.save()
                return True
            except Exception as error:
                self._fail(obj, error, report.FETCH)
                return False

    def import_stage(self, obj: Any) -> bool | str:
        """Write a record: True, "unchanged", or False after an error. Never raises."""
        with site_language():
            try:
                with locks.held("object", obj.id), locks.held("record", obj.harvest_source_id, obj.guid):
                    model.Session.refresh(obj)
                    return self._import(obj)
            except Exception as error:
                self._fail(obj, error, report.IMPORT)
                return False
            finally:
                shutil.rmtree(folder_of(obj.id), ignore_errors=True)

    # -- gather ------------------------------------------------------------------------------------------------------

    def _gather(self, job: Any) -> list[str]:
        left_over: Any = model.Session.query(HarvestObject).filter_by(harvest_job_id=job.id)
        if left_over.count() or report.has_failed(job):
            # The same job a second time: a worker died, or a message came twice. What the first time made is complete.
            return [obj.id for obj in left_over.filter_by(state="WAITING")]
        source = sources.load(job.source)
        rows = memory.rows(source.id)
        # The listing may take long; meanwhile nothing is open in the database.
        model.Session.commit()
        notices: list[str] = []
        with Listing() as listing:
            with self.web(source) as web:
                for record in distinct(self.list_records(source, web), source, notices):
                    row = rows.get(record.remote_id)
                    listing.take(record, row, self._is_unchanged(source, record, row))
            now = utcnow()
            known = [record for record in memory.known(rows.values()) if not listing.unknown or record.remote_id in listing.ids]
            plan = deletion.plan(known, listing.ids, now)
            memory.remember(source.id, listing.ids, plan, now)
            waiting, new = listing.write(job, source)
            vanished(job, source, {remote_id: rows[remote_id].package_id for remote_id in plan.vanish})
            model.Session.commit()
        notices += self._tell_inventory(source, plan)
        if plan.waiting:
            living = sum(1 for record in known if record.archived_at is None)
            notices.append(translate(MASS) % {"count": len(plan.waiting), "known": living})
        for text in notices:
            report.job_notice(job, source.title, text)
        done = set() if self.fetches or self.has_series else together.write(self, source, new)
        return [object_id for object_id in waiting if object_id not in done]

    def _is_unchanged(self, source: Source, record: RemoteRecord, row: Any) -> bool:
        if self.fetches or self.has_series or row is None or row.package_id is None or memory.is_absent(row):
            return False
        return row.content_hash == self.hash_of(source, record)

    def _tell_inventory(self, source: Source, plan: deletion.Plan) -> list[str]:
        """Mark and archive; what fails there is said, and the listing counts all the same."""
        faults = []
        for remote_id in (*plan.vanish, *plan.archive):
            try:
                vanish(source.id, remote_id, archive=remote_id in plan.archive)
            except Exception as error:
                model.Session.rollback()
                faults.append(report.cause(error))
        return faults

    # -- import ------------------------------------------------------------------------------------------------------

    def _import(self, obj: Any) -> bool | str:
        source = sources.load(obj.source)
        record = from_json(obj.content)
        row = memory.record(source.id, record.remote_id)
        if row.last_object == obj.id:
            # Delivered twice: the first time has done it.
            self._done(obj, row)
            return True
        if row.package_id is not None or not record.identities:
            return self._bring(obj, source, record, row)
        with twins.alone([record]):
            holder = twins.holders(source.id, {record.remote_id: record.identities}).get(record.remote_id)
            if holder and twins.keeps(holder, source):
                row.covered_by = holder.source_id
                report.remarks(obj, [translate(COVERED) % {"source": holder.title}])
                model.Session.commit()
                return "unchanged"
            if holder:
                twins.take_over(row, holder)
                model.Session.commit()
            return self._bring(obj, source, record, row)

    def _bring(self, obj: Any, source: Source, record: RemoteRecord, row: HarvestRecord) -> bool | str:
        fresh = self.hash_of(source, record)
        result, remarks, written = "unchanged", list(record.warnings), 0
        if row.content_hash != fresh or row.package_id is None:
            result, more = self._write(obj, source, record, row, fresh)
            remarks += more
        if self.has_series and row.package_id and row.state.get("resources"):
            with self.web(source) as web:
                written, more = self.write_series(source, record, row.state["resources"], web, row)
            remarks += more
        row.last_object, row.covered_by = obj.id, None
        if result != "unchanged" or written:
            row.last_changed = utcnow()
        report.remarks(obj, remarks)
        self._done(obj, row)
        return "unchanged" if result in ("unchanged", "held") and not written else True

    def _write(self, obj: Any, source: Source, record: RemoteRecord, row: HarvestRecord, fresh: str) -> tuple[str, list[str]]:
        mapped = self.complete(source, self.map_record(source, record))
        files = record.files | {key: _file(obj.id, number, text) for number, (key, text) in enumerate(mapped.files.items())}
        for resource in mapped.dataset.get("resources", ()):
            if resource["key"] in files:
                resource["upload_path"] = str(files[resource["key"]])
        answer = tk.get_action("inventory_dataset_upsert")(
            # The system itself speaks: nobody else may name a local file.
            {"user": sources.site_user(), "ignore_auth": True},
            {"source": source.id, "remote_id": record.remote_id, "dataset": mapped.dataset, "record": mapped.record},
        )
        remarks = list(mapped.warnings)
        row.package_id = answer["id"]
        if answer["result"] == "held":
            row.content_hash = None
            remarks.append(translate(HELD))
        else:
            row.content_hash = fresh
        # While a revision waits, the live version keeps its resources: rows go on flowing there.
        if answer["result"] != "revision" or "resources" not in row.state:
            row.state = {**row.state, "resources": answer.get("resources") or row.state.get("resources", {})}
        model.Session.commit()
        return answer["result"], remarks

    def complete(self, source: Source, mapped: MappedRecord) -> MappedRecord:
        """Add what the source's settings say about all its records. The source's own word comes first."""
        given = source.settings
        dataset = {"type": "dataset", "owner_org": source.owner_org, **mapped.dataset}
        for name in ("id", "name", "private", "state"):
            dataset.pop(name, None)
        if given["license"] and not dataset.get("license_id") and not any(r.get("license") for r in dataset.get("resources", ())):
            dataset["license_id"] = given["license"]
        if given["themes"] and not dataset.get("theme"):
            dataset["theme"] = [theme.strip() for theme in given["themes"].split(",") if theme.strip()]
        if given["frequency"] and not dataset.get("frequency"):
            dataset["frequency"] = given["frequency"]
        record = {"source_class": self.source_class, "source_system": source.title, **mapped.record}
        for name in ("responsible_function", "personal_data", "openness"):
            if given[name]:
                record.setdefault(name, given[name])
        return MappedRecord(dataset, record, mapped.warnings, mapped.files)

    def _done(self, obj: Any, row: HarvestRecord) -> None:
        """Make this object the current one of its package. Commits."""
        model.Session.query(HarvestObject).filter(
            HarvestObject.package_id == row.package_id, HarvestObject.current.is_(True), HarvestObject.id != obj.id
        ).update({"current": False}, synchronize_session=False)
        obj.package_id = row.package_id
        obj.current = True
        obj.save()

    # -- shared ------------------------------------------------------------------------------------------------------

    def all_fields(self) -> tuple[settings.Field, ...]:
        """The protocol's settings, then the common ones."""
        return (*self.fields, *settings.COMMON)

    def hash_of(self, source: Source, record: RemoteRecord) -> str:
        """What decides whether a record is written: its content, the settings and the version of the mapping."""
        content = record.content if record.fingerprint is None else record.fingerprint
        given = {name: value for name, value in source.settings.items() if name != "rank"}
        return content_hash(self.mapping_version, source.title, source.owner_org, given, content)

    def web(self, source: Source) -> Web:
        """A client for one step of a job."""
        name = source.settings["access_key"]
        key = sources.secret(name) if name else ""
        return Web(source.settings["max_megabytes"] * MEGABYTE, host=host_of(source.url), key=key)

    def _fail(self, obj: Any, error: BaseException, stage: str) -> None:
        model.Session.rollback()
        report.record_failed(obj, error, stage)


def vanish(source_id: str, remote_id: str, *, archive: bool) -> None:
    """Mark (or archive) what belongs to a remote record in the inventory."""
    context: Any = {"user": sources.site_user(), "ignore_auth": True}
    tk.get_action("inventory_dataset_vanish")(context, {"source": source_id, "remote_id": remote_id, "archive": archive})


def _file(object_id: str, number: int, text: str) -> Path:
    path = folder_of(object_id, create=True) / f"made-{number}"
    path.write_text(text, encoding="utf-8")
    return path


def _title(job: Any) -> str:
    return job.source.title or host_of(job.source.url)
