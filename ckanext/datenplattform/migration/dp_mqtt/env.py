"""Alembic's entry to this plugin's migrations."""

from ckanext.datenplattform.core.migrations import run

run(__file__)
