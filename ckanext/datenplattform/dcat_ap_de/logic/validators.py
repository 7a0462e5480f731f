"""Validators of the form: any spelling in, one spelling stored. Named dcat_ap_de_* for the YAML."""

from __future__ import annotations

import json
import re
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.model.types import make_uuid
from ckanext.scheming.validation import scheming_validator

from ...core import names
from .. import clean
from ..rdf import rest
from ..vocabulary import licence, vocabulary


def _unknown(value: Any) -> tk.Invalid:
    return tk.Invalid(tk._("“%(value)s” is not in the list of allowed values.") % {"value": str(value)[:80]})


@scheming_validator
def dcat_ap_de_code(field: dict[str, Any], schema: dict[str, Any]) -> Any:
    """One entry of the field's `vocabulary`, given as code, IRI or label; the code is stored."""
    words = vocabulary(field["vocabulary"])

    def validator(value: Any) -> Any:
        code = words.code(value)
        if value and not code:
            raise _unknown(value)
        return code

    return validator


def _as_list(value: Any) -> list[Any]:
    """A list from what forms and the API send: a list, JSON of a list, a text with an entry in each line."""
    if isinstance(value, str) and value.strip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise tk.Invalid(tk._("Could not parse as valid JSON")) from error
    if isinstance(value, str):
        value = [line.strip() for line in value.splitlines()]
    items = value if isinstance(value, list | tuple | set) else [value]
    return [item for item in items if item not in (None, "")]


def _store_list(key: Any, data: Any, items: list[str]) -> None:
    """Keep a list as JSON, an empty one not at all."""
    if not items:
        data.pop(key, None)
        raise tk.StopOnError()
    data[key] = json.dumps(items, ensure_ascii=False)


@scheming_validator
def dcat_ap_de_codes(field: dict[str, Any], schema: dict[str, Any]) -> Any:
    """Any number of entries of the field's `vocabulary`; the codes are stored, each once, in the order given."""
    words = vocabulary(field["vocabulary"])

    def validator(key: Any, data: Any, errors: Any, context: Any) -> None:
        try:
            items = _as_list(data[key])
            codes = [words.code(item) for item in items]
            for item, code in zip(items, codes, strict=True):
                if not code:
                    raise _unknown(item)
        except tk.Invalid as error:
            errors[key].append(error.error)
            raise tk.StopOnError() from error
        _store_list(key, data, list(dict.fromkeys(code for code in codes if code)))

    return validator


def _list_of(check: Any) -> Any:
    def validator(key: Any, data: Any, errors: Any, context: Any) -> None:
        try:
            items = [check(item) for item in _as_list(data[key])]
        except tk.Invalid as error:
            errors[key].append(error.error)
            raise tk.StopOnError() from error
        _store_list(key, data, list(dict.fromkeys(items)))

    return validator


def _iri(value: Any) -> str:
    iri = clean.clean_iri(value)
    if not iri:
        raise tk.Invalid(tk._("“%(value)s” is no web address (https://…).") % {"value": str(value)[:80]})
    return iri


def dcat_ap_de_iris(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Any number of absolute addresses."""
    _list_of(_iri)(key, data, errors, context)


def dcat_ap_de_texts(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Any number of texts."""
    _list_of(lambda item: str(item).strip())(key, data, errors, context)


def dcat_ap_de_url(value: Any) -> Any:
    """One web address."""
    if not value:
        return value
    url = clean.clean_url(value)
    if not url:
        raise tk.Invalid(tk._("“%(value)s” is no web address (https://…).") % {"value": str(value)[:80]})
    return url


def dcat_ap_de_email(value: Any) -> Any:
    """One mail address, without "mailto:"."""
    if not value:
        return value
    email = clean.clean_email(value)
    if not email:
        raise tk.Invalid(tk._("“%(value)s” is no mail address.") % {"value": str(value)[:80]})
    return email


def dcat_ap_de_date(value: Any) -> Any:
    """A date: YYYY, YYYY-MM, YYYY-MM-DD, DD.MM.YYYY or date and time in ISO 8601; stored in ISO 8601."""
    if not value:
        return ""
    try:
        return clean.clean_date(value.isoformat() if hasattr(value, "isoformat") else str(value))
    except clean.BadDate as error:
        raise tk.Invalid(
            tk._("“%(value)s” is no date. Please write it like 2026-11-23.") % {"value": str(value)[:40]}
        ) from error


def dcat_ap_de_duration(value: Any) -> Any:
    """An ISO 8601 duration such as PT15M or P1D."""
    if not value:
        return ""
    duration = clean.clean_duration(value)
    if not duration:
        raise tk.Invalid(
            tk._("“%(value)s” is no time span. Please write it like PT15M (15 minutes) or P1D (a day).")
            % {"value": value}
        )
    return duration


def dcat_ap_de_number(value: Any) -> Any:
    """A number, with comma or point; kept as text, so that 0.5 stays 0.5."""
    if value in (None, ""):
        return ""
    number = clean.clean_number(value)
    if not number:
        raise tk.Invalid(tk._("“%(value)s” is no number.") % {"value": str(value)[:40]})
    return number


def dcat_ap_de_geometry(value: Any) -> Any:
    """A GeoJSON geometry, stored as text."""
    if not value:
        return ""
    geometry = clean.clean_geometry(value)
    if not geometry:
        raise tk.Invalid(tk._("This is no GeoJSON geometry."))
    return geometry


def dcat_ap_de_licence(value: Any) -> Any:
    """A licence, given as code, IRI, address or title; one that is not in the list is kept as it is, for the review
    to see.
    """
    known = licence(value)
    return known.code if known else value


def dcat_ap_de_format(value: Any) -> Any:
    """A file format in its short form ("CSV"), given as name, media type, EU or IANA address; an unknown name is
    kept.
    """
    if not value:
        return value
    text = str(value).strip()
    code = vocabulary("file_type").code(text.split("media-types/")[-1] if "media-types/" in text else text)
    return code or text


def dcat_ap_de_statements(value: Any) -> Any:
    """Statements of the source as JSON (`rdf.rest`); what is not of the form is left out."""
    return rest.joined(value if isinstance(value, str) else None) or ""


_NESTED = re.compile(r"(?P<field>[a-z_]+)-(?P<index>\d+)-(?P<subfield>[a-z_]+)")


def dcat_ap_de_unfold(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Forms write a list within a list as `contact-0-name`; scheming unfolds the outer list, this the inner one."""
    places = [place for place in data if place[-1] == "__extras" and {"access_services", "in_series"} & set(place)]
    for place in places:
        extras = data[place]
        for name in list(extras):
            match = _NESTED.fullmatch(name)
            if match:
                value = extras.pop(name)
                if value:
                    data[(*place[:-1], match["field"], int(match["index"]), match["subfield"])] = value


def dcat_ap_de_name(key: Any, data: Any, errors: Any, context: Any) -> None:
    """The dataset's address: the one it has, or a new one from its title."""
    if data.get(key):
        return
    package = context.get("package")
    data[key] = package.name if package else names.free(str(data.get(("title",)) or ""), salt=make_uuid())


def get_validators() -> dict[str, Any]:
    """All of them, for the plugin."""
    return {name: function for name, function in globals().items() if name.startswith("dcat_ap_de_")}
