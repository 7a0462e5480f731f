"""Pages of imports: upload, what would be done, progress, result; and the files: template and export."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Flask, Response, jsonify, make_response, request, stream_with_context
from werkzeug.exceptions import RequestEntityTooLarge

from ..core import pages
from . import exports, sheets, template_words
from .problems import texts

blueprint = Blueprint("dp_inventory_sheets", __name__)
UPLOAD = "dp_inventory_sheets.upload"
# beside the file a form has its token and its marks
FORM = 100_000


def _by_api() -> bool:
    """Whether the file comes through the API instead of the page."""
    return request.endpoint == "api.action" and (request.view_args or {}).get("logic_function") == "inventory_import"


def _limit() -> None:
    """A file that is too large is refused by the length that it announces, before it is read; one that announces none, as
    soon as it is too long."""
    if request.method == "POST" and (request.endpoint == UPLOAD or _by_api()):
        request.max_content_length = sheets.LARGEST + FORM


@blueprint.record
def _limit_first(state: Any) -> None:
    app: Flask = state.app
    # before CKAN looks for the form's token, which reads the whole form
    app.before_request_funcs.setdefault(None, []).insert(0, _limit)
    # CKAN's API has no answer to it
    app.error_handler_spec["api"][413][RequestEntityTooLarge] = _too_large_for_api


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Any:
    return _closed(make_response(_page([problem.text for problem in sheets.refuse_large().problems])))


def _too_large_for_api(error: RequestEntityTooLarge) -> Any:
    if not _by_api():
        return error
    said = [problem.text for problem in sheets.refuse_large().problems]
    return _closed(jsonify({"success": False, "error": {"__type": "Validation Error", "upload": said}}))


def _closed(response: Response) -> Response:
    """Too large; what is still coming is not read."""
    response.status_code = 413
    response.headers["Connection"] = "close"
    return response


def _page(problems: list[str]) -> str:
    return tk.render("inventory/import.html", {
        "imports": pages.call("inventory_import_list"), "problems": problems, "megabytes": sheets.LARGEST // sheets.MEGABYTE,
        "largest": sheets.LARGEST,
    })  # fmt: skip


@blueprint.route("/inventar/import", methods=["GET", "POST"])
def upload() -> Any:
    """Choose a file; one's own imports."""
    if not tk.h.check_access("inventory_import"):
        return tk.abort(404)
    if request.method == "GET":
        return _page([])
    try:
        made = pages.call("inventory_import", upload=request.files.get("upload"), background=True)
    except tk.ValidationError as error:
        return make_response(_page(texts(error)), 400)
    return tk.redirect_to("dp_inventory_sheets.read", id=made["id"])


@blueprint.route("/inventar/import/<id>")
def read(id: str) -> str:
    """How far an import is, what it would do, what it did."""
    return tk.render("inventory/import_read.html", {"item": pages.call("inventory_import_show", id=id)})


@blueprint.route("/inventar/import/<id>/stand")
def state(id: str) -> Any:
    """How far it is, for the page's script."""
    found = pages.call("inventory_import_show", id=id)
    answer = jsonify({name: found[name] for name in ("state", "active", "done", "total")})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/inventar/import/<id>/ausfuehren", methods=["POST"])
def confirm(id: str) -> Any:
    """Yes, do it."""
    return _then("inventory_import_confirm", id)


@blueprint.route("/inventar/import/<id>/verwerfen", methods=["POST"])
def discard(id: str) -> Any:
    """No, leave it."""
    return _then("inventory_import_cancel", id)


def _then(action: str, id: str) -> Any:
    try:
        pages.call(action, id=id)
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(texts(error)))
    return tk.redirect_to("dp_inventory_sheets.read", id=id)


def _download(content: Any, name: str, mimetype: str) -> Response:
    return Response(content, mimetype=mimetype, headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store",
    })  # fmt: skip


@blueprint.route("/inventar/vorlage.<any(xlsx,csv):ext>")
def template(ext: str) -> Any:
    """The spreadsheet to fill in, with the units that the reader may choose."""
    if not tk.h.check_access("inventory_import"):
        return tk.abort(404)
    units = {unit["id"] for unit in tk.h.organizations_available("create_dataset")}
    content = template_words.xlsx(units) if ext == "xlsx" else template_words.empty_csv(units)
    return _download(content, f"vorlage-dateninventur.{ext}", exports.KINDS[ext])


@blueprint.route("/inventar/export.<any(xlsx,csv,json):ext>")
def export(ext: str) -> Any:
    """What the reader may see, as a file; the list's filters count."""
    if not tk.h.check_access("inventory_export"):
        return tk.abort(404)
    filters = {name: value for name, value in request.args.items() if name not in ("page", "limit", "offset", "view") and value}
    try:
        # a wrong filter is told now, not in the middle of the file
        pages.call("inventory_record_list", **filters, limit=1)
    except tk.ValidationError:
        return tk.abort(400)
    context = {"user": tk.current_user.name, "auth_user_obj": tk.current_user._get_current_object()}
    pieces = exports.Export(context, filters).file(ext)
    return _download(stream_with_context(pieces), exports.filename(ext), exports.KINDS[ext])
