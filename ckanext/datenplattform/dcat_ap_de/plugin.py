"""Plugin `dp_dcat_ap_de`: wiring only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import yaml

from ckanext.datenplattform.core import config as core_config

from ..core import signals
from ..core.actions import named
from ..core.cli import datenplattform
from . import cli, cli_export, cli_validate, cli_vocabularies, helpers, views, views_check  # noqa: F401 - cli: its commands
from .export import follow
from .logic import action, auth_quality, quality, validators
from .vocabulary import LICENCES_FILE

CONFIG_DECLARATION = Path(__file__).with_name("config_declaration.yaml")

# Fields whose codes can be filtered by in the search (Solr's multi-valued vocab_* fields).
FACET_FIELDS = ("theme", "hvd_category", "language", "political_geocoding_level_uri")

# What must be set for the form and the exports to work; a value of the operator's own stays.
SETTINGS = {
    "scheming.dataset_schemas": "ckanext.datenplattform.dcat_ap_de:schemas/dataset.yaml",
    "scheming.presets": " ".join(
        (
            "ckanext.scheming:presets.json",
            "ckanext.dcat.schemas:presets.yaml",
            "ckanext.datenplattform.dcat_ap_de:schemas/presets.yaml",
        )
    ),
    "licenses_group_url": f"file://{LICENCES_FILE}",
}


class DcatApDePlugin(p.SingletonPlugin):
    """DCAT-AP.de: form, validators, licences, exports as anonymous."""

    p.implements(p.IConfigDeclaration)
    p.implements(p.IConfigurer)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.IClick)
    p.implements(p.ISignal)
    p.implements(p.IValidators)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IPackageController, inherit=True)

    # IConfigDeclaration: before any update_config, so that ckanext-scheming finds its settings whatever the order of
    # plugins.
    def declare_config_options(self, declaration: Any, key: Any) -> None:
        core_config.declare(declaration, key)
        declaration.load_dict(yaml.safe_load(CONFIG_DECLARATION.read_text("utf-8")))
        for name, value in SETTINGS.items():
            declared = declaration.get(name)
            if declared:
                declared.set_default(value)
            else:
                declaration.declare(key.from_string(name), value)

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        if config.get("ckanext.dcat.rdf.profiles") in (None, "", "euro_dcat_ap_3"):
            config["ckanext.dcat.rdf.profiles"] = "dcat_ap_de"

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return named(action, quality)

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return {function.__name__: getattr(auth_quality, function.__name__) for function in quality.ACTIONS}

    # IBlueprint
    def get_blueprint(self) -> Any:
        return [views.blueprint, views_check.blueprint]

    # ISignal
    def get_signal_subscriptions(self) -> Any:
        return {signals.dataset_published: [follow.published], signals.dataset_withdrawn: [follow.withdrawn]}

    # IClick
    def get_commands(self) -> list[Any]:
        return [datenplattform]

    # IValidators
    def get_validators(self) -> dict[str, Any]:
        return validators.get_validators()

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return helpers.get_helpers()

    # IPackageController
    def after_dataset_delete(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        follow.withdrawn(pkg_dict["id"])

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        for name in FACET_FIELDS:
            value = pkg_dict.get(name)
            if isinstance(value, str) and value.startswith("["):
                value = json.loads(value)
            if isinstance(value, list):
                pkg_dict[f"vocab_{name}"] = value
                pkg_dict[name] = json.dumps(value)
        return pkg_dict
