"""A database role that may not create the extensions of the search: the operator reads what to do, nothing is changed."""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.util import CommandError
from sqlalchemy.engine import URL

import ckanext.datenplattform

MIGRATION = Path(ckanext.datenplattform.__path__[0]) / "migration/dp_inventory/versions/0003_search.py"
NAME = "dp_ohne_rechte"


@pytest.fixture
def powerless() -> Iterator[sa.Engine]:
    """A database of its own on the test's PostgreSQL, and a role that owns nothing there but may make tables."""
    stack = Path(os.environ["DATENPLATTFORM_STACK_DIR"]) / "stack.json"
    if not stack.is_file():
        pytest.skip("the tests run on somebody else's PostgreSQL: no role can be made there")
    state = json.loads(stack.read_text())

    def engine(user: str, password: str, database: str) -> sa.Engine:
        address = URL.create("postgresql", user, password, "127.0.0.1", state["ports"]["postgres"], database)
        return sa.create_engine(address, poolclass=sa.NullPool)

    root = engine("postgres", state["passwords"]["postgres"], "postgres")
    own = engine("postgres", state["passwords"]["postgres"], NAME)
    password = secrets.token_hex(12)
    drop = [f"DROP DATABASE IF EXISTS {NAME}", f"DROP ROLE IF EXISTS {NAME}"]

    def run(where: sa.Engine, *statements: str) -> None:
        with where.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    run(root, *drop, f"CREATE ROLE {NAME} LOGIN PASSWORD '{password}'", f"CREATE DATABASE {NAME} TEMPLATE template0")
    run(own, f"GRANT CREATE ON SCHEMA public TO {NAME}")
    try:
        yield engine(NAME, password, NAME)
    finally:
        run(root, *drop)


def test_the_message_names_the_commands_and_nothing_is_changed(powerless):
    spec = importlib.util.spec_from_file_location("dp_0003", MIGRATION)
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    with (
        powerless.connect() as connection, pytest.raises(CommandError) as refused, connection.begin(),
        Operations.context(MigrationContext.configure(connection)),
    ):  # fmt: skip
        migration.upgrade()
    text = str(refused.value)
    assert "die Rolle von CKAN darf sie nicht einrichten" in text
    assert "Es wurde nichts geändert" in text
    for command in ("CREATE EXTENSION IF NOT EXISTS unaccent;", "CREATE EXTENSION IF NOT EXISTS pg_trgm;", "ckan db upgrade"):
        assert command in text
    # what PostgreSQL itself says; no password
    assert text.split("Meldung von PostgreSQL:")[1].strip()
    assert powerless.url.password not in text
    with powerless.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []
        found = connection.execute(sa.text("SELECT count(*) FROM pg_ts_config WHERE cfgname = 'dp_german'")).scalar()
        assert found == 0
