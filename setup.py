"""Only what pyproject.toml cannot say: the top-level i18n folder belongs into the package, its texts compiled; and so do the script
libraries of the pages, fetched and bundled."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from setuptools import find_namespace_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
TEXTS = "ckanext.datenplattform.i18n"
LIBRARIES = "ckanext.datenplattform.theme.assets.vendor"


class BuildWhole(build_py):
    """Compiles the translations and bundles the libraries first: neither is in git."""

    def run(self) -> None:
        """Compile, fetch, then build."""
        runpy.run_path(str(ROOT / "bin" / "i18n"))["compile_all"]()
        sys.path.insert(0, str(ROOT / "bin"))
        from lib import assets

        assets.build()
        if LIBRARIES not in self.packages:  # the folder was not there when the packages were listed
            self.packages.append(LIBRARIES)
            self.__dict__.pop("data_files", None)  # setuptools lists them again
        super().run()


setup(
    package_dir={"": ".", TEXTS: "i18n"},
    packages=[*find_namespace_packages(".", include=["ckanext.datenplattform*"]), TEXTS],
    cmdclass={"build_py": BuildWhole},
    message_extractors={
        "ckanext": [
            ("**.py", "python", None),
            ("**/templates/**.html", "ckan", None),
        ],
    },
)
