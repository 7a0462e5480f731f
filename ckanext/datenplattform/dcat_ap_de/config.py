"""The declared options of the room and one typed getter for each."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

PREFIX = "ckanext.datenplattform.dcat_ap_de."


def streams_at_once() -> int:
    """How many whole catalogues one process sends at the same time, at least one."""
    value = tk.config.get(PREFIX + "streams_at_once")
    return max(1, int(2 if value in (None, "") else value))


def political_geocoding_uri() -> bool:
    """Whether dcatde:politicalGeocodingURI is written."""
    value = tk.config.get(PREFIX + "political_geocoding_uri")
    return True if value in (None, "") else tk.asbool(value)
