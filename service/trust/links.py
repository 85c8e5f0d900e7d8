"""How does an officer make, list and close a partner's links, and give an office the short code that goes apart?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from service.db import listings
from service.db.tables import Partner, ReferralBatch
from service.errors import NotFound, NotNow
from service.trust import codes, queries
from service.trust.partners import make_link
from service.trust.rights import Officer, require, require_region
from service.trust.sealing import Sealer

ACT = "partner.link"


class NoLinkYet(NotNow):
    """A short code belongs to links, and there is none."""


@dataclass(frozen=True)
class OpenLink:
    """A link that still opens the page; `batch` empty means everything; `details`: what its short code stands at, in words."""

    id: int
    batch: str
    expires_on: date
    made_at: datetime
    details: str


def new_link(session: Session, officer: Officer, sender: str, expires_on: date, batch: str | None = None) -> str:
    """The token, shown once. Raises NotFound, NoRight, OutsideRegion."""
    partner = _partner(session, officer, sender)
    batch_id = None
    if batch:
        found = listings.by_number(session, ReferralBatch, batch)
        if found.agency_id != partner.id:
            raise NotFound(f"Berkas {batch} bukan untuk {partner.name}.")
        batch_id = found.id
    return make_link(session, partner.id or 0, expires_on, batch_id)


def open_links_of(session: Session, officer: Officer, sender: str, today: date) -> list[OpenLink]:
    """Newest first. Raises NotFound, NoRight, OutsideRegion."""
    partner = _partner(session, officer, sender)
    found = []
    for link in queries.open_links(session, partner.id or 0, today):
        batch = session.get_one(ReferralBatch, link.batch_id).number if link.batch_id else ""
        found.append(OpenLink(link.id or 0, batch, link.expires_on, link.made_at, codes.standing(link)))
    return found


def close_link(session: Session, officer: Officer, sender: str, link_id: int, now: datetime) -> None:
    """Raises NotFound when it is not an open link of that partner; NoRight, OutsideRegion."""
    partner = _partner(session, officer, sender)
    if not queries.revoke_link_by_id(session, partner.id or 0, link_id, now):
        raise NotFound(f"Tautan {link_id} tidak ada pada {partner.name} atau sudah ditutup.")


def close_all_links(session: Session, officer: Officer, sender: str, now: datetime) -> int:
    """How many; the office's code ends with them. Closed once more it is none. Raises NotFound, NoRight, OutsideRegion."""
    return queries.revoke_links(session, _partner(session, officer, sender).id or 0, now)


def new_code_for(session: Session, sealer: Sealer, officer: Officer, sender: str) -> str:
    """Six digits, shown once; every open link of the partner takes it. Raises NoLinkYet, NotFound, NoRight, OutsideRegion."""
    partner = _partner(session, officer, sender)
    if not queries.has_link(session, partner.id or 0):
        raise NoLinkYet(f"{partner.name} belum mempunyai tautan. Buat tautannya lebih dahulu.")
    return codes.new_code(session, sealer, partner.id or 0)


def _partner(session: Session, officer: Officer, sender: str) -> Partner:
    require(officer, ACT)
    partner = queries.partner_by_sender(session, sender)
    if partner is None:
        raise NotFound(f"Mitra '{sender}' tidak ada.")
    if partner.regency_code:
        require_region(officer, partner.regency_code)
    return partner
