"""`/dataset-check`: what is wrong with the form that is being filled in, as a piece of HTML. Nothing is stored."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.navl.dictization_functions import DataError, unflatten
from ckan.logic import clean_dict, parse_params, tuplize_dict
from flask import Blueprint, Response, request

blueprint = Blueprint("dp_dcat_check", __name__)
#: Larger forms are not looked at, in bytes.
MOST = 256 * 1024


@blueprint.route("/dataset-check", methods=["POST"])
def form() -> Any:
    """The findings on the fields of the form, for whoever may create datasets (403, 404 for a dataset that is not theirs)."""
    if (request.content_length or 0) > MOST or request.content_length is None:
        return Response(tk._("The form is too large to be checked while you type."), status=413, mimetype="text/plain")
    try:
        fields = clean_dict(unflatten(tuplize_dict(parse_params(request.form))))
    except (DataError, ValueError):
        return tk.abort(400, tk._("The form cannot be read."))
    try:
        found = tk.get_action("dcat_dataset_check")({}, fields)
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    except tk.ObjectNotFound:
        return tk.abort(404)
    return tk.render("dcat_ap_de/snippets/check.html", {"findings": found})
