"""From ckanext-harvest's source to what a protocol gets, and which harvesters are ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckanext.harvest.interfaces import IHarvester

from ckanext.datenplattform.core.errors import ConfigurationError
from ckanext.datenplattform.core.i18n import N_

from . import settings
from .records import Source

if TYPE_CHECKING:
    from .base import DatenplattformHarvester

NO_SECRET = N_("the secret “%(name)s” is not in the ini file (%(key)s)")


def harvesters() -> dict[str, DatenplattformHarvester]:
    """Name of the type → harvester, of those that build on our base and are switched on."""
    from .base import DatenplattformHarvester

    return {h.kind: h for h in p.PluginImplementations(IHarvester) if isinstance(h, DatenplattformHarvester)}


def load(source: Any) -> Source:
    """A stored source, for its protocol. Raises settings.Invalid."""
    package = model.Package.get(source.id)
    return build(
        source.type,
        source.url,
        source.config,
        id=source.id,
        title=source.title or (package.title if package else ""),
        owner_org=(package.owner_org if package else "") or "",
    )


def build(kind: str, url: str, config: Any, *, id: str = "", title: str = "", owner_org: str = "") -> Source:
    """A source from its parts, with complete settings. Raises settings.Invalid."""
    values = settings.complete(harvesters()[kind].all_fields(), settings.parse_config(config))
    return Source(id=id, url=(url or "").strip(), title=title or url, type=kind, owner_org=owner_org, settings=values)


def secret(name: str) -> str:
    """The secret that the operator stored under a name. Raises ConfigurationError."""
    key = settings.SECRETS_PREFIX + name
    value = tk.config.get(key, "")
    if not value:
        raise ConfigurationError(cause=NO_SECRET % {"name": name, "key": key})
    return str(value)


def site_user() -> str:
    """Name of the user as whom harvesters write."""
    return tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
