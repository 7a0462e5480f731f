"""Only what pyproject.toml cannot say: the top-level i18n folder belongs into the package."""

from setuptools import setup

setup(
    package_dir={
        "": ".",
        "ckanext.datenplattform.i18n": "i18n",
    },
    message_extractors={
        "ckanext": [
            ("**.py", "python", None),
            ("**/templates/**.html", "ckan", None),
        ],
    },
)
