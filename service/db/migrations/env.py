"""Alembic's entry: runs the migrations on the connection that `service.db.schema` hands over."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel

import service.db.tables  # noqa: F401  (registers every table)
from service.db.types import Instant


def _plain_types(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Migrations name only SQLAlchemy's own types, so that they never break when our code moves."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=_plain_types,
)
with context.begin_transaction():
    context.run_migrations()
