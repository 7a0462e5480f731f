"""Actions of room `inventory` for spreadsheets: imports with a dry run, and exports."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from ...access import shared as access
from ...core.clock import utcnow
from ...core.i18n import language
from .. import exports, import_jobs, import_twins, sheets
from ..model_imports import InventoryImport, InventoryImportFile

PAGES = 20


def _content(context: Any, data: Any) -> tuple[bytes, str]:
    """The file's content and name; raises ValidationError where it is missing, or too large to be read."""
    upload, path = data.get("upload"), data.get("path")
    if path and not context.get("ignore_auth"):
        # it names a file of this machine: never from outside
        raise tk.ValidationError({"path": [tk._("A local file cannot be named from outside.")]})
    if path:
        file = Path(path)
        if sheets.too_large(file.stat().st_size):
            raise _refused(sheets.refuse_large())
        return file.read_bytes(), file.name
    stream = getattr(upload, "stream", None)
    if stream is None:
        raise tk.ValidationError({"upload": [tk._("Please choose a file.")]})
    content = stream.read(sheets.LARGEST + 1)
    if sheets.too_large(len(content)):
        raise _refused(sheets.refuse_large())
    return content, str(getattr(upload, "filename", "") or "").replace("\\", "/").rsplit("/", 1)[-1]


def _refused(error: sheets.SheetError) -> tk.ValidationError:
    return tk.ValidationError({"upload": [problem.text for problem in error.problems]})


def _shown(context: Any, row: InventoryImport, report: bool = True) -> dict[str, Any]:
    system = bool(context.get("ignore_auth"))
    # asked for anew: an import leaves no object in the session
    reader = model.User.get(context.get("user") or "")
    return {
        "id": row.id,
        "filename": row.filename,
        "state": row.state,
        "active": row.state in import_jobs.ACTIVE,
        "done": row.done,
        "total": row.total,
        "created": row.created.isoformat(),
        "ended": row.ended.isoformat() if row.ended else None,
        "message": row.message,
        **({"report": import_twins.told(row.report, reader, system)} if report else {}),
    }


def _fresh(import_id: str | None, lock: bool = False) -> InventoryImport:
    row = model.Session.get(InventoryImport, import_id or "", populate_existing=True, with_for_update=lock)
    if row is None:
        raise tk.ObjectNotFound()
    return row


def inventory_import(context: Any, data_dict: Any) -> dict[str, Any]:
    """Import records from a spreadsheet (.xlsx or CSV in the form of the template). For those who keep records; each row
    only into units that the caller keeps. All or nothing; the same file again changes nothing.

    :param upload: the file (multipart)
    :param path: instead of it a file of this machine; only with `ignore_auth`, as the command line has it
    :param dry_run: true: only say what would be done (optional)
    :param background: true: return at once; a worker checks the file and waits for inventory_import_confirm; a mail tells
        the caller when the import has ended (optional)
    :returns: {"id", "filename", "state", "active" (bool), "done", "total" (rows), "created", "ended" (ISO 8601, UTC),
        "message", "report": {"counts": {"create", "change", "same", "problems"}, "items": [{"row", "action", "title",
        "unit", "key", "id", "changes": [{"label", "from", "to"}], "twins": [{"id", "name", "unit_title", "level" (of a dataset
        that the caller may know of) or "row" (of the same file); "title", "score" (0 to 100), "likely" (in words)}], only
        hints}], "problems": [{"cell", "text"}], "twins": number of items with hints}}. States: waiting, checking, checked
        (a dry run without problems), queued, writing, indexing, done; refused, failed, cancelled
    :raises ValidationError: no file, or `problems`: texts with the address of the cell; nothing was written

    Example: `{"upload": <liste.xlsx>, "dry_run": true}`
    """
    tk.check_access("inventory_import", context, data_dict)
    content, name = _content(context, data_dict)
    dry, background = (tk.asbool(data_dict.get(key) or False) for key in ("dry_run", "background"))
    user = access.current_user(context) or model.User.get(tk.config["ckan.site_id"])
    assert user is not None  # anonymous was refused
    state = "waiting" if dry or background else "queued"
    row = import_jobs.create(content, name, user.id, language(), state, background)
    import_id = row.id
    if background:
        import_jobs.ask(import_id)
        return _shown(context, _fresh(import_id))
    import_jobs.run(import_id, system=bool(context.get("ignore_auth")))
    row = _fresh(import_id)
    found = _shown(context, row)
    if dry:
        import_jobs.forget(import_id)
    if not dry and row.state in ("refused", "failed"):
        texts = [f"{item['cell']}: {item['text']}" for item in (row.report or {}).get("problems", [])]
        raise tk.ValidationError({"problems": texts or [row.message or ""]})
    return found


@tk.side_effect_free
def inventory_import_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """How far an import is and what it found. For who uploaded it.

    :param id: id of the import
    :returns: as inventory_import
    :raises NotFound: no such import of the caller

    Example: `{"id": "…"}`
    """
    tk.check_access("inventory_import_show", context, data_dict)
    row = _fresh(tk.get_or_bust(data_dict, "id"))
    found = _shown(context, row)
    import_jobs.wake(row)
    return found


@tk.side_effect_free
def inventory_import_list(context: Any, data_dict: Any) -> list[dict[str, Any]]:
    """The caller's own imports of the last 30 days, newest first, at most 20.

    :returns: as inventory_import, without the report

    Example: `{}`
    """
    tk.check_access("inventory_import_list", context, data_dict)
    user = access.current_user(context)
    query = select(InventoryImport).where(InventoryImport.user_id == (user.id if user else ""))
    rows = model.Session.execute(query.order_by(InventoryImport.created.desc()).limit(PAGES)).scalars().all()
    found = [_shown(context, row, report=False) for row in rows]
    for row in rows:
        import_jobs.wake(row)
    return found


def inventory_import_confirm(context: Any, data_dict: Any) -> dict[str, Any]:
    """Carry out an import after its dry run; a worker does it. For who uploaded it.

    :param id: id of the import
    :returns: as inventory_import
    :raises ValidationError: it is not waiting for that

    Example: `{"id": "…"}`
    """
    tk.check_access("inventory_import_confirm", context, data_dict)
    row = _fresh(tk.get_or_bust(data_dict, "id"), lock=True)
    if row.state != "checked":
        model.Session.rollback()
        raise tk.ValidationError({"id": [tk._("This import cannot be started: it is running, has ended or found faults.")]})
    row.state, row.alive, row.done = "queued", utcnow(), 0
    model.Session.commit()
    import_jobs.ask(data_dict["id"])
    return _shown(context, _fresh(data_dict["id"]))


def inventory_import_cancel(context: Any, data_dict: Any) -> dict[str, Any]:
    """Discard an import that was only checked. For who uploaded it.

    :param id: id of the import
    :returns: as inventory_import
    :raises ValidationError: it is running or has ended

    Example: `{"id": "…"}`
    """
    tk.check_access("inventory_import_cancel", context, data_dict)
    row = _fresh(tk.get_or_bust(data_dict, "id"), lock=True)
    state = row.state
    model.Session.rollback()
    if state != "checked" or not model.Session.get(InventoryImportFile, data_dict["id"]):
        raise tk.ValidationError({"id": [tk._("This import cannot be discarded: it is running or has ended.")]})
    import_jobs.finish(data_dict["id"], "cancelled")
    return _shown(context, _fresh(data_dict["id"]))


@tk.side_effect_free
def inventory_export(context: Any, data_dict: Any) -> dict[str, Any]:
    """The datasets of the inventory as a file, in the form that imports take again. For all staff: of each dataset what
    the reader may see, the record only with level "all".

    :param kind: json (default), csv or xlsx; and the filters of inventory_record_list, among them `format`
    :returns: for json {"columns": [{"name", "label"}], "count": int, "rows": [{name of the column: value}]}, with codes
        and days as in inventory_record_show; for csv and xlsx {"name", "mimetype", "content" (base64)}, with words
    :raises ValidationError: no such kind, or a filter is in no list

    Example: `{"kind": "csv", "unit": "fd-geodaten", "format": "WFS"}`
    """
    tk.check_access("inventory_export", context, data_dict)
    kind = data_dict.get("kind") or "json"
    if kind not in exports.KINDS:
        raise tk.ValidationError({"kind": [tk._("“%(value)s” is not in the list of allowed values.") % {"value": str(kind)[:20]}]})
    filters = {name: value for name, value in data_dict.items() if name not in ("kind", "limit", "offset")}
    with import_jobs.speaking(language()):
        found = exports.Export(context, filters)
        if kind == "json":
            rows = list(found.values())
            return {"columns": found.columns(), "count": len(rows), "rows": rows}
        content = b"".join(found.file(kind))
    return {"name": exports.filename(kind), "mimetype": exports.KINDS[kind], "content": base64.b64encode(content).decode()}


ACTIONS = (
    inventory_import, inventory_import_show, inventory_import_list, inventory_import_confirm, inventory_import_cancel,
    inventory_export,
)  # fmt: skip
