"""The declared options for MQTT and one typed getter for each."""

from __future__ import annotations

from pathlib import Path

import ckan.plugins.toolkit as tk

from ckanext.datenplattform.core.errors import ConfigurationError
from ckanext.datenplattform.core.i18n import N_, translate

CERTIFICATES = "ckanext.datenplattform.harvesters.certificate."
NO_CERTIFICATE = N_("the certificate “%(name)s” is not in the ini file or its file is missing (%(key)s)")


def certificate(name: str) -> str:
    """Path of the certificate authority's file (PEM) that the operator stored under a name. Raises ConfigurationError."""
    path = str(tk.config.get(CERTIFICATES + name, ""))
    if not path or not Path(path).is_file():
        raise ConfigurationError(cause=translate(NO_CERTIFICATE) % {"name": name, "key": CERTIFICATES + name})
    return path
