"""What a dataset must have before it can be submitted, and what the automatic checks say of it."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ..dcat_ap_de import shared as dcat_ap_de
from ..inventory import shared as inventory
from . import revisions
from .checks import wiring


def check(package: model.Package) -> dict[str, Any]:
    """Raise ValidationError with all that is missing, then with all that the checks stop, in words, by field.

    :returns: what the case keeps of the checks, see `wiring.before_submission`
    """
    if package.state != model.State.ACTIVE or package.type != "dataset":
        raise tk.ValidationError({"state": [tk._("A draft cannot be submitted. Please finish the dataset first.")]})
    errors = problems(package)
    if errors:
        raise tk.ValidationError(errors)
    return wiring.before_submission(package.id)


def problems(package: model.Package) -> dict[str, Any]:
    """What is missing, in words, by field."""
    errors: dict[str, Any] = {}
    dataset = _submitted(package)
    if not (dataset.get("notes") or "").strip():
        errors["notes"] = [tk._("Please describe the dataset.")]
    errors |= _licences(dataset)
    errors |= _record(package.id)
    seen = set(errors)
    for finding in dcat_ap_de.told(dcat_ap_de.validate(dataset)):
        if finding.severity == "violation" and finding.field not in seen:
            errors.setdefault(finding.field or "__all__", []).append(dcat_ap_de.as_text(finding, dataset))
    return errors


def check_entry(package: model.Package) -> None:
    """The same for the register's entry alone."""
    if package.state != model.State.ACTIVE or package.type != "dataset":
        raise tk.ValidationError({"state": [tk._("A draft cannot be submitted. Please finish the dataset first.")]})
    context: Any = {"ignore_auth": True}
    record = tk.get_action("inventory_record_show")(context, {"id": package.id})
    confidential = record.get("confidentiality") in ("high", "very_high")
    errors: dict[str, Any] = inventory.register.problems(inventory.register.entry(package.id), confidential)
    if errors:
        raise tk.ValidationError(errors)


def _submitted(package: model.Package) -> dict[str, Any]:
    """What would become public: the revision that waits, else the dataset."""
    revision = revisions.pending(package.id)
    if revision is not None:
        return dict(revision.dataset)
    context: Any = {"ignore_auth": True, "user": ""}
    return tk.get_action("package_show")(context, {"id": package.id})


def _licences(dataset: dict[str, Any]) -> dict[str, Any]:
    """The dataset's licence and those of files that have one of their own must be open."""
    if not dataset.get("license_id"):
        return {"license_id": [tk._("Please choose a licence.")]}
    if not dcat_ap_de.can_be_published(dataset["license_id"]):
        return {"license_id": [tk._("This licence does not allow open publication. Please choose an open one.")]}
    closed = [
        resource.get("name") or resource.get("url") or ""
        for resource in dataset.get("resources") or []
        if resource.get("license") and not dcat_ap_de.can_be_published(resource["license"])
    ]
    if closed:
        text = tk._("The licence of “%(name)s” does not allow open publication. Please choose an open one.")
        return {"resources": [text % {"name": name} for name in closed]}
    return {}


def _record(package_id: str) -> dict[str, list[str]]:
    context: Any = {"ignore_auth": True}
    record = tk.get_action("inventory_record_show")(context, {"id": package_id})
    errors = {}
    if not record.get("personal_data"):
        errors["personal_data"] = [tk._("Please say in the inventory record whether there are personal data.")]
    elif record["personal_data"] in ("yes", "pseudonymised"):
        errors["personal_data"] = [tk._("Personal data are not published. Please aggregate or anonymise them first.")]
    if record.get("openness") not in (None, "", "open"):
        errors["openness"] = [
            tk._("The inventory record says that these data are not open. Please change the record first.")
        ]
    return errors
