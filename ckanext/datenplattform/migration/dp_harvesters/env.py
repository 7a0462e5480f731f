"""Runs this plugin's migrations; its version is kept in a table of its own."""

from __future__ import annotations

from pathlib import Path

from alembic import context
from sqlalchemy import engine_from_config, pool

VERSION_TABLE = f"{Path(__file__).parent.name}_alembic_version"


def _run(**options: object) -> None:
    context.configure(target_metadata=None, version_table=VERSION_TABLE, **options)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    _run(url=context.config.get_main_option("sqlalchemy.url"), literal_binds=True)
else:
    section = context.config.get_section(context.config.config_ini_section) or {}
    engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        _run(connection=connection)
