"""Fixtures for all tests. bin/test gives the services, the migrated database and the ini file."""

import inspect
import os
from pathlib import Path

import ckan.model as model
import pytest
from passlib.hash import pbkdf2_sha512

pytest_plugins = ["tests.network", "tests.servers.fixtures", "tests.standing", "tests.factories", "tests.browser"]


def pytest_configure(config):
    """Of several processes each works on services of its own; bin/test names their ini files."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        ini = os.environ["DATENPLATTFORM_INIS"].split(os.pathsep)[int(worker.removeprefix("gw"))]
        config.option.ckan_ini = ini
        os.environ["DATENPLATTFORM_STACK_DIR"] = str(Path(ini).parent)


# Files that take a minute or more begin, so that no process is left alone with one at the end.
LONGEST = (
    "tests/test_accessibility.py",
    "tests/access/test_leak_matrix.py",
    "tests/harvesters/test_workers.py",
    "tests/harvesters/test_sensorthings_muenster.py",
    "tests/test_hostile.py",
    "tests/dcat_ap_de/test_validation.py",
    "tests/harvesters/test_sensorthings_faults.py",
    "tests/inventory/test_search.py",
    "tests/review/test_meeting.py",
    "tests/harvesters/test_mqtt.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Longest files first; all others as they are."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


# one question for all tables instead of two for each of ninety: most are empty in most tests
EMPTY = """
DO $$
DECLARE
  wanted text;
  filled boolean;
BEGIN
  FOREACH wanted IN ARRAY string_to_array('TABLES', ',') LOOP
    IF to_regclass(quote_ident(wanted)) IS NOT NULL THEN
      EXECUTE 'SELECT EXISTS (SELECT FROM ' || quote_ident(wanted) || ')' INTO filled;
      IF filled THEN EXECUTE 'DELETE FROM ' || quote_ident(wanted); END IF;
    END IF;
  END LOOP;
END $$
"""


# the chain of events and the versions of papers are in no mapped table and let nobody delete: here the owner of the
# database does
EMPTY_KEPT = """
DO $$
DECLARE
  filled boolean;
BEGIN
  IF to_regclass('THE_TABLE') IS NOT NULL THEN
    SELECT EXISTS (SELECT FROM THE_TABLE) INTO filled;
    IF filled THEN
      ALTER TABLE THE_TABLE DISABLE TRIGGER THE_TRIGGER;
      TRUNCATE THE_TABLE;
      ALTER TABLE THE_TABLE ENABLE ALWAYS TRIGGER THE_TRIGGER;
    END IF;
  END IF;
END $$
"""
KEPT = {"dp_review_event": "dp_review_append_only", "dp_review_paper_version": "dp_review_keep_versions"}


def _delete_all() -> None:
    """What `model.repo.delete_all` does, faster: all rows of all mapped tables, children first; and what the board keeps."""
    model.Session.remove()
    names = [table.name for table in reversed(model.repo.metadata.sorted_tables) if table.name != "alembic_version"]
    model.Session.connection().exec_driver_sql(EMPTY.replace("TABLES", ",".join(names)))
    for table, trigger in KEPT.items():
        model.Session.connection().exec_driver_sql(EMPTY_KEPT.replace("THE_TRIGGER", trigger).replace("THE_TABLE", table))
    model.Session.commit()


def _stack(context: int = 0) -> list[inspect.FrameInfo]:
    """CKAN asks for the whole stack, with source lines, at each of a plugin's folders, and reads one file name."""
    return _whole_stack(0)[1:]


_whole_stack = inspect.stack
inspect.stack = _stack


@pytest.fixture(scope="session", autouse=True)
def _migrated():
    """The tables are there already, with all migrations: `clean_db` empties them and drops nothing."""
    model.repo.tables_created_and_initialised = True
    model.repo.delete_all = _delete_all
    # how long a password is hashed is passlib's business; every person of a test has one
    pbkdf2_sha512.default_rounds = 10
