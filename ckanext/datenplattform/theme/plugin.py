"""Look and texts of the portal. Wiring only."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ..core import config as core_config
from . import helpers, language, map_helpers, views


class ThemePlugin(p.SingletonPlugin):
    """Plugin `dp_theme`. It is the only one that implements ITranslation."""

    p.implements(p.IConfigDeclaration)
    p.implements(p.IConfigurer)
    p.implements(p.ITranslation)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IBlueprint)

    # IConfigDeclaration
    def declare_config_options(self, declaration: Any, key: Any) -> None:
        core_config.declare(declaration, key)

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "dp_theme")
        map_helpers.warn_without_library()

    # ITranslation
    def i18n_directory(self) -> str:
        return str(language.folder())

    def i18n_domain(self) -> str:
        return language.DOMAIN

    def i18n_locales(self) -> list[str]:
        return language.locales()

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return {**helpers.get_helpers(), **map_helpers.get_helpers()}

    # IFacets
    def dataset_facets(self, facets_dict: dict[str, Any], package_type: str) -> dict[str, Any]:
        return helpers.facets() if package_type == "dataset" else facets_dict

    def organization_facets(self, facets_dict: Any, organization_type: str, package_type: Any) -> Any:
        return {name: title for name, title in helpers.facets().items() if name != "organization"}

    # IBlueprint
    def get_blueprint(self) -> Any:
        return [views.blueprint]
