"""The Alembic environment of our plugins: each `env.py` below `migration/` calls `run`. CKAN fills in the database address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import context
from sqlalchemy import engine_from_config, pool


def run(env_file: str) -> None:
    """Run the plugin's migrations in one transaction; its version is kept in a table of its own. Offline, print their SQL."""
    section: dict[str, Any] = context.config.get_section(context.config.config_ini_section) or {}
    table = f"{Path(env_file).parent.name}_alembic_version"
    if context.is_offline_mode():
        context.configure(url=section.get("sqlalchemy.url"), literal_binds=True, version_table=table)
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, version_table=table)
        with context.begin_transaction():
            context.run_migrations()
