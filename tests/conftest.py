"""Fixtures for all tests. bin/test gives the services, the migrated database and the ini file."""

import ckan.model as model
import pytest

pytest_plugins = ["tests.network", "tests.servers.fixtures", "tests.factories", "tests.browser"]


@pytest.fixture(scope="session", autouse=True)
def _migrated():
    """The tables are there already, with all migrations: `clean_db` empties them and drops nothing."""
    model.repo.tables_created_and_initialised = True
