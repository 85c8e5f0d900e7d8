"""Which partners and referrals are in the practice database?"""

from __future__ import annotations

from sqlmodel import Session, col, func, select

from service.clock import wall
from service.db.tables import Cycle, Household, Partner, Referral, RegistryFile
from service.trust.queries import Signer


def is_there(session: Session, partner: Partner | Signer) -> bool:
    same = (col(Partner.id) == partner.id, col(Partner.sender) == partner.sender)
    return session.exec(select(Partner.id).where(*same)).first() is not None


def put_partner(session: Session, partner: Partner | Signer) -> None:
    """Name and number only: the key stays outside."""
    name = getattr(partner, "name", partner.sender)
    session.merge(
        Partner(
            id=partner.id, sender=partner.sender, kind=partner.kind, name=name, secret_sealed="", made_at=wall(),
            is_sandbox=True,
        )
    )  # fmt: skip
    session.flush()


def cycle_of(session: Session) -> Cycle | None:
    return session.exec(select(Cycle).order_by(col(Cycle.year).desc()).limit(1)).first()


def registry_file(session: Session) -> RegistryFile | None:
    return session.exec(select(RegistryFile).limit(1)).first()


def households(session: Session) -> int:
    return int(session.execute(select(func.count()).select_from(Household)).scalar_one())


def referrals_of(session: Session, partner_id: int) -> list[Referral]:
    mine = select(Referral).where(col(Referral.agency_id) == partner_id)
    return list(session.exec(mine.order_by(col(Referral.id))))
