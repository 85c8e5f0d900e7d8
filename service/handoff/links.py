"""Which partner does a link open, for which batch, and until when?

The token (256 bit) is shown once; only its hash is kept. Opening a link changes nothing.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import Session

from service.db.tables import Partner, PartnerLink
from service.errors import NotFound
from service.policy import CyclePolicy
from service.trust import partners


def make_link(session: Session, partner_id: int, batch_id: int | None, policy: CyclePolicy, today: date) -> str:
    """The token of `GET /r/{token}`; `batch_id` None opens everything of the partner."""
    return partners.make_link(session, partner_id, today + timedelta(days=policy.link_valid_days), batch_id)


def link_of(session: Session, token: str, today: date) -> PartnerLink:
    """Raises NotFound for an unknown, expired or revoked link."""
    return partners.link_of(session, token, today)


def open_link_for(session: Session, token: str, today: date) -> tuple[Partner, PartnerLink]:
    """The partner whose page the link opens, and the link itself: what it is limited to. Raises NotFound like `open_link`."""
    return open_link(session, token, today), link_of(session, token, today)


def open_link(session: Session, token: str, today: date) -> Partner:
    """The partner whose page the link opens.

    Raises:
        NotFound: unknown, expired or revoked, or the partner is not active any more.
    """
    partner = session.get(Partner, link_of(session, token, today).partner_id)
    if partner is None or not partner.active:
        raise NotFound("Tautan ini tidak berlaku lagi. Mintalah tautan baru kepada Dinas Sosial.")
    return partner
