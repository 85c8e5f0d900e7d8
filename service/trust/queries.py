"""Which user, session, token, partner or link is meant?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select, update

from service.db.tables import ApiToken, DeliveryPoint, Partner, PartnerLink, Referral, User, UserSession


@dataclass(frozen=True)
class Signer:
    """A partner at the door: who it is and what it signs with."""

    id: int
    sender: str
    kind: str
    active: bool
    secret_sealed: str
    old_secret_sealed: str | None
    old_secret_until: datetime | None
    is_sandbox: bool = False


def user_by_login(session: Session, login: str) -> User | None:
    return session.exec(select(User).where(col(User.login) == login)).one_or_none()


def all_users(session: Session) -> list[User]:
    return list(session.exec(select(User).order_by(col(User.login))))


def user_of_session(session: Session, token_hash: str, now: datetime) -> User | None:
    """The active user of a session that is neither expired nor revoked."""
    return session.exec(
        select(User)
        .join(UserSession, col(UserSession.user_id) == col(User.id))
        .where(
            col(UserSession.token_hash) == token_hash,
            col(UserSession.revoked_at).is_(None),
            col(UserSession.expires_at) > now,
            col(User.active).is_(True),
        )
    ).one_or_none()


def user_of_token(session: Session, token_hash: str) -> User | None:
    return session.exec(
        select(User)
        .join(ApiToken, col(ApiToken.user_id) == col(User.id))
        .where(col(ApiToken.token_hash) == token_hash, col(ApiToken.revoked_at).is_(None), col(User.active).is_(True))
    ).one_or_none()


def revoke_session(session: Session, token_hash: str, now: datetime) -> None:
    same = (col(UserSession.token_hash) == token_hash, col(UserSession.revoked_at).is_(None))
    session.execute(update(UserSession).where(*same).values(revoked_at=now))


def revoke_token(session: Session, token_hash: str, now: datetime) -> None:
    same = (col(ApiToken.token_hash) == token_hash, col(ApiToken.revoked_at).is_(None))
    session.execute(update(ApiToken).where(*same).values(revoked_at=now))


def revoke_everything(session: Session, user_id: int, now: datetime) -> None:
    """Every session and token of one user."""
    for table in (UserSession, ApiToken):
        open_ones = (col(table.user_id) == user_id, col(table.revoked_at).is_(None))
        session.execute(update(table).where(*open_ones).values(revoked_at=now))


# Built once: every callback asks.
_SIGNER_COLUMNS: Any = select_columns(
    col(Partner.id), col(Partner.sender), col(Partner.kind), col(Partner.active), col(Partner.secret_sealed),
    col(Partner.old_secret_sealed), col(Partner.old_secret_until), col(Partner.is_sandbox),
)  # fmt: skip
_SIGNER: Any = _SIGNER_COLUMNS.where(col(Partner.sender) == bindparam("_sender"))


_SIGNERS: Any = _SIGNER_COLUMNS.where(col(Partner.sender).in_(bindparam("_senders", expanding=True)))


def signers(session: Session, senders: Collection[str]) -> dict[str, Signer]:
    """The same for several at once, by name."""
    rows = session.connection().execute(_SIGNERS, {"_senders": list(senders)})
    return {row.sender: Signer(*row) for row in rows}


def signer(session: Session, sender: str) -> Signer | None:
    """The partner of that name, as far as its signature needs it."""
    row = session.connection().execute(_SIGNER, {"_sender": sender}).one_or_none()
    return Signer(*row) if row else None


def partner_by_sender(session: Session, sender: str) -> Partner | None:
    return session.exec(select(Partner).where(col(Partner.sender) == sender)).one_or_none()


def partners(session: Session, kind: str | None = None) -> list[Partner]:
    chosen = select(Partner).order_by(col(Partner.id))
    return list(session.exec(chosen.where(col(Partner.kind) == kind) if kind else chosen))


def link_by_hash(session: Session, token_hash: str, today: date) -> PartnerLink | None:
    """A link that is neither expired nor revoked."""
    return session.exec(
        select(PartnerLink).where(
            col(PartnerLink.token_hash) == token_hash,
            col(PartnerLink.revoked_at).is_(None),
            col(PartnerLink.expires_on) >= today,
        )
    ).one_or_none()


def revoke_links(session: Session, partner_id: int, now: datetime) -> int:
    """All of a partner that were not revoked; how many those were."""
    return session.execute(update(PartnerLink).where(*_kept_links(partner_id)).values(revoked_at=now)).rowcount  # type: ignore[attr-defined, no-any-return]


def code_in_force(session: Session, partner_id: int) -> str | None:
    """The hash of the code of the partner's newest link that was not revoked; None when none was made."""
    chosen = select(PartnerLink.code_hash).where(*_kept_links(partner_id), col(PartnerLink.code_hash).is_not(None))
    return session.exec(chosen.order_by(col(PartnerLink.id).desc()).limit(1)).first()


def set_code(session: Session, partner_id: int, code_hash: str) -> None:
    """One code for every link of the partner that was not revoked, with no wrong tries."""
    session.execute(update(PartnerLink).where(*_kept_links(partner_id)).values(code_hash=code_hash, wrong_codes=0))


def locked_link(session: Session, link_id: int) -> PartnerLink:
    """The link stays ours until the transaction ends."""
    return session.exec(select(PartnerLink).where(col(PartnerLink.id) == link_id).with_for_update()).one()


def open_links(session: Session, partner_id: int, today: date, limit: int = 50) -> list[PartnerLink]:
    """Links that still open the partner's page, newest first."""
    chosen = select(PartnerLink).where(*_kept_links(partner_id), col(PartnerLink.expires_on) >= today)
    return list(session.exec(chosen.order_by(col(PartnerLink.id).desc()).limit(limit)))


def has_link(session: Session, partner_id: int) -> bool:
    """Is there a link that was not revoked?"""
    return session.exec(select(PartnerLink.id).where(*_kept_links(partner_id)).limit(1)).first() is not None


def revoke_link_by_id(session: Session, partner_id: int, link_id: int, now: datetime) -> bool:
    """False when it is no open link of that partner."""
    same = (*_kept_links(partner_id), col(PartnerLink.id) == link_id)
    return session.execute(update(PartnerLink).where(*same).values(revoked_at=now)).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def _kept_links(partner_id: int) -> tuple[Any, ...]:
    return col(PartnerLink.partner_id) == partner_id, col(PartnerLink.revoked_at).is_(None)


def changeable_partners(session: Session, kinds: Sequence[str], regencies: Sequence[str] = ()) -> Sequence[Partner]:
    """By name; `regencies` empty means all."""
    statement = select(Partner).where(col(Partner.kind).in_(kinds))
    if regencies:
        statement = statement.where(col(Partner.regency_code).in_(regencies))
    return session.scalars(statement.order_by(col(Partner.name), col(Partner.id))).all()


def has_had_referrals(session: Session, partner_id: int) -> bool:
    """Whether it was ever referred a household."""
    return session.exec(select(Referral.id).where(Referral.agency_id == partner_id).limit(1)).first() is not None


def delivery_points(session: Session, regencies: Sequence[str] = ()) -> Sequence[DeliveryPoint]:
    """By district; `regencies` empty means all."""
    found = session.scalars(select(DeliveryPoint).order_by(col(DeliveryPoint.district_code))).all()
    return [point for point in found if not regencies or point.district_code[:5] in regencies]
