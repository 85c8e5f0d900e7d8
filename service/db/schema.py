"""Is the database in the shape this version needs, and how does it get there?"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import service.db.tables  # noqa: F401  (registers every table)
from service.db.session import Database
from service.errors import BadInput

MIGRATIONS = Path(__file__).parent / "migrations"


class NewerHome(BadInput):
    """The database was written by a newer version than this one."""


def migrate(database: Database) -> None:
    """Bring the schema to this version; on an up-to-date database nothing happens.

    Raises:
        NewerHome: its revision is unknown here.
    """
    config = _config()
    with database.engine.begin() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current and current not in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}:
            raise NewerHome(
                f"Basis data ini dibuat oleh versi Estafet yang lebih baru (revisi {current}). Perbarui Estafet dahulu."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def drift(database: Database) -> list[object]:
    """What the tables say that the migrations do not; empty when in step."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))


def write_migration(database: Database, message: str, revision: str) -> None:
    """Draft a migration from the difference (for developers: `make migration`)."""
    config = _config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message=message, autogenerate=True, rev_id=revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config
