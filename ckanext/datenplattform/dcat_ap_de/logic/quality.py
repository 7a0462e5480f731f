"""Actions: how good the description of a dataset or of the catalogue is, and what is wrong with a form's content."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ..export import dicts, public
from ..licence_words import can_be_published
from ..profile import defaults
from ..validation import govdata, mqa, store
from ..validation.check import as_text, told, validate
from ..validation.findings import Finding
from ..validation.quality import Checked, check
from .form import plain

#: Anybody may ask for the quality of the catalogue: so many datasets are checked while one waits, about a second's work.
AT_ONCE = 200


@tk.side_effect_free
def dcat_quality_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """The metadata quality that data.europa.eu will find (405 points) and GovData's own five checks, predicted, with what each
    lost point and each check that is not met asks for.

    Of one dataset: for everybody who may see it. Of the catalogue: for everybody, counted over what anyone may see.
    Whether an address answers is known only for files on the portal; such points are "unknown" otherwise.

    Example: `{"id": "baumkataster"}` gives `{"points": 285, "unknown": 80, "most": 405, "rating": "Gut", …}`.

    :param id: id or name of a dataset; without it the whole catalogue
    :returns: {"points", "unknown", "most", "rating", "dimensions": [{"name", "title", "points", "unknown", "most"}]}; of a
        dataset also "lost": [{"name", "points", "most", "remedy", "field"}], "findings": [{"severity", "field", "message"}]
        and "govdata": [{"name", "met", "remedy", "field"}]; of the catalogue also "count", "remedies": [{"name", "remedy",
        "datasets", "points"}], "govdata": [{"name", "title", "share" (per cent), "datasets" (how many lack it), "remedy"}]
        and "waiting": how many datasets are not counted yet, because one request checks no more than 200 new ones; ask again
    :raises ObjectNotFound: no such dataset, or one that the reader may not see
    """
    tk.check_access("dcat_quality_show", context, data_dict)
    if not data_dict.get("id"):
        return _of_catalogue()
    try:
        dataset = tk.get_action("package_show")({"user": context.get("user")}, {"id": data_dict["id"]})
    except tk.NotAuthorized as error:
        raise tk.ObjectNotFound(tk._("Dataset not found")) from error
    result = check(dataset)
    points = result.score
    return {
        "points": points.points,
        "unknown": points.unknown,
        "most": points.most,
        "rating": points.rating,
        "dimensions": points.dimensions(),
        "lost": [
            {"name": each.name, "points": each.most - each.points, "most": each.most, "remedy": each.remedy, "field": each.field}
            for each in points.lost()
        ],
        "findings": [_shown(finding, dataset) for finding in told(result.findings)],
        "govdata": [vars(answer) for answer in result.govdata],
    }


def _of_catalogue() -> dict[str, Any]:
    stamps = _stamps()

    def make() -> tuple[dict[str, Any], bool]:
        results = _checked(stamps, AT_ONCE)
        waiting = len(stamps) - len(results)
        found = mqa.of_catalogue(result.score for result in results.values())
        found["govdata"] = govdata.of_catalogue(result.govdata for result in results.values())
        return {**found, "waiting": waiting}, not waiting

    return store.summary(stamps, make)


def catalogue() -> dict[str, Checked]:
    """Results of all public datasets, by id; those that did not change are not checked again."""
    return _checked(_stamps())


def _stamps() -> list[tuple[str, str]]:
    found, _newest = public.datasets()
    return [(one.id, one.stamp) for one in found]


def _checked(stamps: list[tuple[str, str]], most: int | None = None) -> dict[str, Checked]:
    given = defaults()
    return store.checked(stamps, public_dicts, lambda dataset: check(dataset, given), most)


def public_dicts(ids: list[str]) -> list[dict[str, Any]]:
    """The dicts of datasets that are known to be public."""
    with public.connection() as at:
        return list(dicts.read(at, ids).values())


def dcat_dataset_check(context: Any, data_dict: Any) -> list[dict[str, str]]:
    """What is wrong with a dataset that is being typed. Nothing is stored. For those who may create datasets.

    Example: `{"title": "Bäume", "theme": ["UNSINN"]}` gives `[{"severity": "violation", "field": "theme", "message": …}]`.

    :param id: of the dataset that is edited (optional): its files count then; the reader must be allowed to edit it
    :param title, notes, …: the form's fields, as the form sends them
    :returns: [{"severity": "violation" or "warning", "field", "message"}], the worst first
    """
    tk.check_access("dcat_dataset_check", context, data_dict)
    dataset, errors = plain(context, data_dict)
    wrong = [{"severity": "violation", "field": field, "message": text} for field, text in errors]
    found = told(validate(dataset))
    if not data_dict.get("id"):
        # files come in the next step
        found = [finding for finding in found if finding.field != "resources"]
    fields = {field for field, _text in errors}
    if "license_id" not in fields:
        wrong += _licence(dataset.get("license_id"))
    return wrong + [_shown(finding, dataset) for finding in found if finding.field not in fields]


def _licence(code: Any) -> list[dict[str, str]]:
    """What the submission would say; until then a dataset may do without an open licence."""
    if not code:
        return [{"severity": "warning", "field": "license_id", "message": tk._("Please choose a licence.")}]
    if can_be_published(code):
        return []
    text = tk._("This licence does not allow open publication. Please choose an open one.")
    return [{"severity": "warning", "field": "license_id", "message": text}]


def _shown(finding: Finding, dataset: dict[str, Any]) -> dict[str, str]:
    return {
        "severity": finding.severity,
        "field": finding.field if finding.resource is None else "resources",
        "message": as_text(finding, dataset),
    }


ACTIONS = (dcat_quality_show, dcat_dataset_check)
