"""What do the tables say about letters: the next number of a book, a letter by its code, how its subject stands?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from service.db.bulk import insert_rows, one_of_many
from service.db.tables import Cycle, Decree, ExitList, Letter, NumberBook, Order, Parcel, Referral, ReferralBatch

_INSERT: dict[str, Callable[..., Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def next_in_book(session: Session, book: str, year: int) -> int:
    """Take the next sequence of a book in one statement; the row stays locked until the caller's transaction ends."""
    insert = _INSERT[session.get_bind().dialect.name]
    taken = insert(NumberBook).values(book=book, year=year, last_seq=1)
    taken = taken.on_conflict_do_update(
        index_elements=[NumberBook.book, NumberBook.year], set_={"last_seq": col(NumberBook.last_seq) + 1}
    ).returning(NumberBook.last_seq)
    return int(session.execute(taken).scalar_one())


def insert_letters(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Rows of `storing.letter_row`; their ids, in the order of the rows."""
    if not rows:
        return []
    insert_rows(session, Letter, list(rows[0]), (tuple(row.values()) for row in rows))
    codes = [row["code"] for row in rows]
    mine = select(col(Letter.code), col(Letter.id)).where(one_of_many(session, col(Letter.code), codes))
    ids = {row[0]: row[1] for row in session.execute(mine)}
    return [ids[code] for code in codes]


def newest_code(session: Session, kind: str) -> str | None:
    """The check code of the letter of a kind written last."""
    statement = select(col(Letter.code)).where(col(Letter.kind) == kind).order_by(col(Letter.id).desc()).limit(1)
    return session.execute(statement).scalar_one_or_none()


def letter_by_code(session: Session, code: str) -> Letter | None:
    return session.scalars(select(Letter).where(col(Letter.code) == code)).one_or_none()


def locked_letter(session: Session, code: str) -> Letter:
    """The letter as it is now, ours until the transaction ends."""
    return session.scalars(select(Letter).where(col(Letter.code) == code).with_for_update()).one()


def referral_status(session: Session, number: str) -> str | None:
    return session.scalars(select(col(Referral.status)).where(col(Referral.number) == number)).one_or_none()


def order_status(session: Session, number: str) -> str | None:
    return session.scalars(select(col(Order.status)).where(col(Order.number) == number)).one_or_none()


def parcel_status(session: Session, number: str) -> str | None:
    return session.scalars(select(col(Parcel.status)).where(col(Parcel.number) == number)).one_or_none()


def batch_state(session: Session, number: str) -> str | None:
    return session.scalars(select(col(ReferralBatch.state)).where(col(ReferralBatch.number) == number)).one_or_none()


def batch_referrals(session: Session, number: str) -> dict[str, int]:
    """How many referrals of a batch are at each status."""
    statement = (
        select(col(Referral.status), func.count())
        .join(ReferralBatch, col(ReferralBatch.id) == col(Referral.batch_id))
        .where(col(ReferralBatch.number) == number)
        .group_by(col(Referral.status))
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def exit_state(session: Session, number: str) -> str | None:
    return session.scalars(select(col(ExitList.state)).where(col(ExitList.number) == number)).one_or_none()


def decree_state(session: Session, year: int, version: int) -> str | None:
    statement = select(col(Decree.state)).join(Cycle, col(Cycle.id) == col(Decree.cycle_id))
    return session.scalars(statement.where(col(Cycle.year) == year, col(Decree.version) == version)).one_or_none()
