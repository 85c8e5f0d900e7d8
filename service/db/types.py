"""How do instants and statuses look in both databases?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field

from service.lifecycle import FIRST, STATUSES, Subject


class Instant(TypeDecorator[datetime]):
    """A UTC instant; SQLite keeps no zone, so it is added on the way out and required on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


def instant(**options: Any) -> Any:
    """A column of kind `Instant`."""
    return Field(sa_type=Instant, **options)


def status_field(subject: Subject, indexed: bool = True) -> Any:
    """The status column: starts at the subject's first status; `indexed` by itself unless other indexes hold it."""
    return Field(default=FIRST[subject], index=indexed, max_length=20)


def status_check(subject: Subject) -> CheckConstraint:
    """The database refuses a status the lifecycle does not know."""
    return one_of("status", [status.name for status in STATUSES[subject]], f"{subject}_status")


def one_of(column: str, values: list[str], name: str) -> CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"ck_{name}")
