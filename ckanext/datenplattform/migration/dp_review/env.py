"""Alembic environment of this plugin; CKAN fills in the database address."""

import os

from alembic import context
from ckan.model.meta import metadata
from sqlalchemy import engine_from_config, pool

config = context.config
name = os.path.basename(os.path.dirname(__file__))


def include_object(item, object_name, type_, reflected, compare_to):
    """Only this plugin's tables (their names begin with dp_)."""
    return type_ != "table" or object_name.startswith("dp_")


def run() -> None:
    """Run the migrations in one transaction."""
    engine = engine_from_config(config.get_section(config.config_ini_section), prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table=f"{name}_alembic_version",
            include_object=include_object,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
