"""Only what pyproject.toml cannot say: the top-level i18n folder belongs into the package, its texts compiled."""

from __future__ import annotations

import runpy
from pathlib import Path

from setuptools import find_namespace_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
TEXTS = "ckanext.datenplattform.i18n"


class BuildWithTexts(build_py):
    """Compiles the translations first: the compiled files are not in git."""

    def run(self) -> None:
        """Compile, then build."""
        runpy.run_path(str(ROOT / "bin" / "i18n"))["compile_all"]()
        super().run()


setup(
    package_dir={"": ".", TEXTS: "i18n"},
    packages=[*find_namespace_packages(".", include=["ckanext.datenplattform*"]), TEXTS],
    cmdclass={"build_py": BuildWithTexts},
    message_extractors={
        "ckanext": [
            ("**.py", "python", None),
            ("**/templates/**.html", "ckan", None),
        ],
    },
)
