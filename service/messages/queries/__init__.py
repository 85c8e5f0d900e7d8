"""Which messages are kept, wait for their turn, or are owed and due?"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import JSON, Integer, Table, Text, bindparam, cast, delete, func, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, select

from service.db.history import TABLES
from service.db.tables import InboundMessage, Move, OutboundMessage, RefusedCount
from service.db.types import Instant
from service.errors import NotFound
from service.lifecycle import Subject
from service.messages.turns import ROUND_STARTS

# What every callback runs is on plain tables, built once and run on the connection: building costs more than running.
INBOUND, REFUSED = (SQLModel.metadata.tables[str(table.__tablename__)] for table in (InboundMessage, RefusedCount))


def keep_new(session: Session, partner_id: int, message_id: str, columns: dict[str, Any]) -> int | None:
    """Write a message down; None when it is there already. On PostgreSQL this waits for an equal one under way."""
    connection = session.connection()
    row = {"partner_id": partner_id, "webhook_id": message_id, **columns}
    kept: int | None = connection.execute(_keep_new(connection.dialect.name), row).scalar_one_or_none()
    return kept


def keep_all_new(session: Session, rows: list[dict[str, Any]]) -> dict[tuple[int, str], int]:
    """The same for many different messages: the ids of those that were new, by partner and message id."""
    connection = session.connection()
    in_order = sorted(rows, key=lambda row: (row["partner_id"], row["webhook_id"]))  # two writers never wait for each other
    kept = connection.execute(_keep_all_new(connection.dialect.name), in_order)
    return {(partner_id, message_id): kept_id for kept_id, partner_id, message_id in kept}


def unkeep(session: Session, kept_ids: Collection[int]) -> None:
    """Messages kept in this transaction that it does not answer after all."""
    if kept_ids:
        session.connection().execute(_UNKEEP, {"_ids": list(kept_ids)})


def settle_applied(session: Session, subject_ids: Mapping[int, int], now: datetime) -> None:
    """Kept messages (id -> subject's id) had their effect."""
    connection = session.connection()
    connection.execute(_settle_applied(connection.dialect.name), {"_subject_ids": json.dumps(subject_ids), "_now": now})


def with_parked(session: Session, subject: Subject, subject_ids: Collection[int]) -> list[int]:
    """Those of the subjects for which a message waits."""
    asked = {"_subject": str(subject), "_ids": list(subject_ids)}
    return list(session.connection().execute(_WITH_PARKED, asked).scalars())


def count_copy(session: Session, partner_id: int, message_id: str) -> None:
    same = (col(InboundMessage.partner_id) == partner_id, col(InboundMessage.webhook_id) == message_id)
    session.execute(update(InboundMessage).where(*same).values(copies=col(InboundMessage.copies) + 1))


def settle(session: Session, kept_id: int, subject_id: int, result: str, now: datetime) -> bool:
    """What became of a kept message; is another one parked for its subject? What holds already is kept as applied."""
    result = "applied" if result == "duplicate" else result
    values: dict[str, Any] = {"subject_id": subject_id, "result": str(result)}
    values |= {"applied_at": now} if result == "applied" else {"was_parked": True} if result == "parked" else {}
    asked = {"_id": kept_id, "_of_subject": subject_id, **values}
    return bool(session.connection().execute(_SETTLE, asked).scalar_one())


def locked_status(session: Session, subject: Subject, subject_id: int) -> str:
    """The status now; the row stays ours until the transaction ends (SQLite has one writer anyway)."""
    session.flush()
    status = session.connection().execute(_lock(subject), {"_id": subject_id}).scalar_one_or_none()
    if status is None:
        raise NotFound(f"{subject} {subject_id} tidak ada.")
    return str(status)


def was_told_this_round(session: Session, subject: Subject, subject_id: int, event: str) -> bool:
    """Did the event happen after the subject's last `sent` or `revised`?"""
    of_subject = (col(Move.subject) == str(subject), col(Move.subject_id) == subject_id)
    started = select(func.coalesce(func.max(Move.id), 0)).where(*of_subject, col(Move.event).in_(ROUND_STARTS))
    same = (col(Move.event) == event, col(Move.id) > started.scalar_subquery())
    return session.execute(select(Move.id).where(*of_subject, *same).limit(1)).first() is not None


def parked_for(session: Session, subject: Subject, subject_id: int) -> list[InboundMessage]:
    same = (col(InboundMessage.subject) == str(subject), col(InboundMessage.subject_id) == subject_id)
    statement = (
        select(InboundMessage)
        .where(*same, col(InboundMessage.result) == "parked")
        .order_by(col(InboundMessage.told_at), col(InboundMessage.id))
        .execution_options(populate_existing=True)
    )
    return list(session.exec(statement))


def subjects_with_parked(session: Session) -> list[tuple[Subject, int]]:
    waiting = select(InboundMessage.subject, InboundMessage.subject_id).where(col(InboundMessage.result) == "parked")
    return [(Subject(subject), subject_id) for subject, subject_id in session.exec(waiting.distinct())]


def late_messages(session: Session, limit: int = 200) -> list[InboundMessage]:
    """Those that came too late or were refused when their turn came: a person looks at them."""
    chosen = select(InboundMessage).where(col(InboundMessage.result).in_(("late", "refused")))
    return list(session.exec(chosen.order_by(col(InboundMessage.id).desc()).limit(limit)))


def count_refused(session: Session, day: date, reason: str) -> None:
    """One more of a day and reason; nothing else of a stranger is kept."""
    statement = _insert(session, REFUSED).values(day=day, reason=reason, count=1)
    again = {"count": col(RefusedCount.count) + 1}
    session.execute(statement.on_conflict_do_update(index_elements=["day", "reason"], set_=again))


def inbound_counts(session: Session) -> dict[str, int]:
    """Kept messages by result, and `duplicate`: copies that came again."""
    counted = session.execute(select(InboundMessage.result, func.count()).group_by(col(InboundMessage.result)))
    copies = session.execute(select(func.coalesce(func.sum(InboundMessage.copies), 0))).scalar_one()
    return {**{result: count for result, count in counted}, "duplicate": int(copies)}


def inbound_counts_of(session: Session, partner_id: int | None) -> dict[str, int]:
    """Kept messages by result, of one partner where named."""
    counted = select(col(InboundMessage.result), func.count()).group_by(col(InboundMessage.result))
    if partner_id:
        counted = counted.where(col(InboundMessage.partner_id) == partner_id)
    return {result: count for result, count in session.execute(counted)}


def refused_counts(session: Session) -> dict[str, int]:
    counted = session.execute(select(RefusedCount.reason, func.sum(RefusedCount.count)).group_by(col(RefusedCount.reason)))
    return {reason: int(count) for reason, count in counted}


def outbound_counts(session: Session) -> dict[tuple[str, str], int]:
    """Owed messages by kind and state."""
    kinds = (col(OutboundMessage.kind), col(OutboundMessage.state))
    return {(kind, state): count for kind, state, count in session.execute(select(*kinds, func.count()).group_by(*kinds))}


def last_kick(session: Session, subject_key: str) -> Any:
    """attempts and sent_at of the newest kick of this stage and year, None without one.

    Kicks are sent in order, so an older one has been tried when this one has.
    """
    session.flush()
    return session.connection().execute(_LAST_KICK, {"_key": subject_key}).one_or_none()


def due_messages(
    session: Session, kinds: Sequence[str], now: datetime, limit: int, busy: Collection[int] = ()
) -> list[OutboundMessage]:
    """What may be sent now: waiting, due, not to a `busy` partner, and nothing older for that receiver and subject waits."""
    asked = {"_now": now, "_kinds": list(kinds), "_busy": list(busy), "_limit": limit}
    return list(session.exec(_due(), params=asked))


@cache
def _due() -> Any:
    """The senders ask every moment."""
    older = aliased(OutboundMessage)
    blocked = select(older.id).where(
        older.kind == OutboundMessage.kind,
        older.subject_key == OutboundMessage.subject_key,
        func.coalesce(older.partner_id, 0) == func.coalesce(OutboundMessage.partner_id, 0),
        older.state == "waiting",
        col(older.id) < col(OutboundMessage.id),
    )
    return (
        select(OutboundMessage)
        .where(col(OutboundMessage.state) == "waiting", col(OutboundMessage.next_attempt_at) <= bindparam("_now"))
        .where(col(OutboundMessage.kind).in_(bindparam("_kinds", expanding=True)), ~blocked.exists())
        .where(func.coalesce(OutboundMessage.partner_id, 0).not_in(bindparam("_busy", expanding=True)))
        .order_by(col(OutboundMessage.next_attempt_at), col(OutboundMessage.id))
        .limit(bindparam("_limit"))
    )


def claim(session: Session, message: OutboundMessage, until: datetime) -> bool:
    """Take it for sending; False when another sender did. After `until` a crashed sender's message is due again."""
    taken = session.execute(
        update(OutboundMessage)
        .where(
            col(OutboundMessage.id) == message.id,
            col(OutboundMessage.state) == "waiting",
            col(OutboundMessage.attempts) == message.attempts,
        )
        .values(attempts=message.attempts + 1, next_attempt_at=until)
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]


def settle_outbound(session: Session, message_id: int, **values: Any) -> None:
    session.execute(update(OutboundMessage).where(col(OutboundMessage.id) == message_id).values(**values))


def bury_all(session: Session, partner_id: int, reason: str) -> None:
    """Nothing more is tried for this partner until a person acts."""
    waiting = (col(OutboundMessage.partner_id) == partner_id, col(OutboundMessage.state) == "waiting")
    session.execute(update(OutboundMessage).where(*waiting).values(state="dead", last_error=reason))


def dead_messages(session: Session, limit: int = 200) -> list[OutboundMessage]:
    chosen = select(OutboundMessage).where(col(OutboundMessage.state) == "dead")
    return list(session.exec(chosen.order_by(col(OutboundMessage.id).desc()).limit(limit)))


def last_messages(session: Session, limit: int = 200) -> list[OutboundMessage]:
    return list(session.exec(select(OutboundMessage).order_by(col(OutboundMessage.id).desc()).limit(limit)))


def is_answering(session: Session) -> bool:
    """Does the database answer at all?"""
    try:
        return bool(session.execute(select(1)).scalar_one() == 1)
    except DBAPIError:
        return False


def _insert(session: Session, table: Table) -> Any:
    dialect = session.get_bind().dialect.name
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)


_OWED = SQLModel.metadata.tables[str(OutboundMessage.__tablename__)]
_LAST_KICK: Any = (
    _OWED.select()
    .with_only_columns(_OWED.c.attempts, _OWED.c.sent_at)
    .where(_OWED.c.kind == "kick", _OWED.c.subject_key == bindparam("_key"))
    .order_by(_OWED.c.id.desc())
    .limit(1)
)
_OTHER = INBOUND.alias("other")
_PARKED: Any = (
    select(_OTHER.c.id)
    .where(_OTHER.c.subject == INBOUND.c.subject, _OTHER.c.subject_id == bindparam("_of_subject"), _OTHER.c.result == "parked")
    .correlate(INBOUND)
    .exists()
)
_SETTLE: Any = update(INBOUND).where(INBOUND.c.id == bindparam("_id")).returning(_PARKED)
_UNKEEP: Any = delete(INBOUND).where(INBOUND.c.id.in_(bindparam("_ids", expanding=True)))
_WITH_PARKED: Any = (
    select(INBOUND.c.subject_id)
    .where(INBOUND.c.subject == bindparam("_subject"), INBOUND.c.subject_id.in_(bindparam("_ids", expanding=True)))
    .where(INBOUND.c.result == "parked")
    .distinct()
)


@cache
def _keep_new(dialect: str) -> Any:
    new = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return new(INBOUND).on_conflict_do_nothing().returning(INBOUND.c.id)


@cache
def _keep_all_new(dialect: str) -> Any:
    return _keep_new(dialect).returning(INBOUND.c.partner_id, INBOUND.c.webhook_id)


@cache
def _settle_applied(dialect: str) -> Any:
    """Every message with a subject of its own, in one statement."""
    ids = bindparam("_subject_ids", type_=Text)
    each = func.json_each_text(cast(ids, JSON)) if dialect == "postgresql" else func.json_each(ids)
    asked = each.table_valued("key", "value")
    settled = update(INBOUND).where(INBOUND.c.id == cast(asked.c.key, Integer))
    return settled.values(
        subject_id=cast(asked.c.value, Integer), result="applied", applied_at=bindparam("_now", type_=Instant)
    )


@cache
def _lock(subject: Subject) -> Any:
    table: Any = TABLES[subject].__table__  # type: ignore[attr-defined]
    return table.select().with_only_columns(table.c.status).where(table.c.id == bindparam("_id")).with_for_update()
